import { jsonText } from "./visible-text.ts";

/** A member of a JSON object that is a list, one item a line, so that a diff shows items. */
export function jsonList(name: string, items: readonly unknown[]): string {
  return items.length === 0 ? `"${name}":[]` : `"${name}":[\n${items.map(jsonText).join(",\n")}\n]`;
}
