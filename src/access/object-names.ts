import { crc32 } from "node:zlib";
import { compareText } from "../graph/order.ts";

/** The longest name of an object: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
const MAX_NAME = 253;

/** What an object is named after. */
export interface Named {
  readonly namespace: string;
  /** As the API server takes it, of any length. */
  readonly name: string;
  /** Distinguishes it from others of its name. */
  readonly kind: string;
  /** Unique. */
  readonly id: string;
}

/**
 * A name for each object, which no other one of its namespace and none of `reserved` has: its own; with its kind if several
 * have it, and with a checksum if that is not enough. They depend neither on the order of objects, nor on names elsewhere.
 */
export function objectNames(objects: readonly Named[], reserved: readonly string[] = []): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const forms: readonly ((named: Named) => string)[] = [
    ({ name }) => name,
    ({ name, kind }) => `${name}-${kind.toLowerCase()}`,
  ];
  const taken = new Set<string>();
  let left = objects;
  for (const form of forms) {
    const counts = new Map<string, number>();
    for (const one of left) counts.set(keyOf(one, form), (counts.get(keyOf(one, form)) ?? 0) + 1);
    const isFree = (one: Named): boolean =>
      counts.get(keyOf(one, form)) === 1 &&
      form(one).length <= MAX_NAME &&
      !reserved.includes(form(one)) &&
      !taken.has(keyOf(one, form));
    const named = left.filter(isFree);
    for (const one of named) names.set(one.id, form(one));
    for (const one of named) taken.add(keyOf(one, form));
    left = left.filter(({ id }) => !names.has(id));
  }
  for (const one of left.toSorted((a, b) => compareText(a.id, b.id))) {
    let suffix = checksum(one.id);
    while (taken.has(`${one.namespace}/${withSuffix(one, suffix)}`)) suffix = checksum(suffix);
    names.set(one.id, withSuffix(one, suffix));
    taken.add(`${one.namespace}/${withSuffix(one, suffix)}`);
  }
  return names;
}

function keyOf(one: Named, form: (named: Named) => string): string {
  return `${one.namespace}/${form(one)}`;
}

function withSuffix({ name, kind }: Named, suffix: string): string {
  const end = `-${kind.toLowerCase()}-${suffix}`;
  return `${name.slice(0, MAX_NAME - end.length).replace(/[-.]+$/, "")}${end}`;
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, "0");
}
