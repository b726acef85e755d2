import { isRecord } from "../objects/json-fields.ts";

export interface ListedObjects {
  /** Whatever stands where an object should: `objectFault` says whether it is one. */
  readonly objects: readonly unknown[];
  /** What a list is that holds none: `a PodList without items`. */
  readonly faults: readonly string[];
  /** Whether there was a list at all, be it an empty one. */
  readonly hasList: boolean;
}

interface Waiting {
  readonly value: unknown;
  /** Of the list that it stands in, where that says it for all. */
  readonly kind: string;
}

/**
 * The objects in what kubectl prints, however it was put together: a List, a typed list (PodList), a list of such
 * lists, one object, and several of these. What is null is passed over.
 */
export function listedObjects(documents: readonly unknown[]): ListedObjects {
  const objects: unknown[] = [];
  const faults: string[] = [];
  let hasList = false;
  // Lists may lie in lists, as deep as they like. The next one stands last.
  const waiting: Waiting[] = [];
  const unfold = (values: readonly unknown[], kind: string): void => {
    for (let i = values.length - 1; i >= 0; i--) waiting.push({ value: values[i], kind });
  };
  unfold(documents, "");
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, kind } = next;
    const listKind = listKindOf(value);
    if (Array.isArray(value)) {
      unfold(value, "");
    } else if (!isRecord(value)) {
      if (value !== null) objects.push(value);
    } else if (listKind !== null) {
      hasList = true;
      // An empty list may be written as null; the items of a typed list do not repeat their kind.
      if (Array.isArray(value.items)) unfold(value.items, listKind.slice(0, -"List".length));
      else if (value.items !== null) faults.push(`${/^[AEIO]/.test(listKind) ? "an" : "a"} ${listKind} without items`);
    } else {
      objects.push(value.kind === undefined && kind !== "" ? { ...value, kind } : value);
    }
  }
  return { objects, faults, hasList };
}

/**
 * Kind of a list; null for what is none. Other programs than kubectl leave it out. A list has no name: what has one is an
 * object of a kind that is called so (`IPAllowList`).
 */
function listKindOf(value: unknown): string | null {
  if (!isRecord(value)) return null;
  const { kind, items, metadata } = value;
  if (kind === undefined && Array.isArray(items)) return "List";
  const isNamed = isRecord(metadata) && metadata.name !== undefined;
  return typeof kind === "string" && kind.endsWith("List") && !isNamed ? kind : null;
}
