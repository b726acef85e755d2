/**
 * Bound for names from input: annotations, environment variables, object names, labels. Every name that Kubernetes and DNS
 * allow is shorter, escaped too. It is applied once, where the input is read; span attributes have the same bound.
 */
export const MAX_NAME_CHARACTERS = 1_024;

const HIGH_SURROGATE = /[\ud800-\udbff]$/;

/** The first MAX_NAME_CHARACTERS of the text, without half a surrogate pair at the end. */
export function boundedText(text: string): string {
  if (text.length <= MAX_NAME_CHARACTERS) return text;
  // A copy, because a slice keeps the whole text in memory.
  return Buffer.from(text.slice(0, MAX_NAME_CHARACTERS).replace(HIGH_SURROGATE, "")).toString();
}

/** A JSON value with all its texts bounded, at any depth; the value itself where none is too long. */
export function withBoundedTexts<T>(value: T): T {
  return cut(value) as T;
}

function cut(value: unknown): unknown {
  if (typeof value === "string") return boundedText(value);
  if (typeof value !== "object" || value === null) return value;
  return Array.isArray(value) ? cutList(value) : cutObject(value as Readonly<Record<string, unknown>>);
}

function cutList(list: readonly unknown[]): readonly unknown[] {
  return list.some((each) => cut(each) !== each) ? list.map(cut) : list;
}

function cutObject(object: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  for (const key in object) {
    if (cut(object[key]) === object[key] && key.length <= MAX_NAME_CHARACTERS) continue;
    return Object.fromEntries(Object.entries(object).map(([name, each]) => [boundedText(name), cut(each)]));
  }
  return object;
}
