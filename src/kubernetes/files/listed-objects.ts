import { isRecord } from "../objects/json-fields.ts";

interface ListedObjects {
  /** Values at the place of objects, not validated: see `objectFault`. */
  readonly objects: readonly unknown[];
  /** Lists without a list of items: `a PodList without items`. */
  readonly faults: readonly string[];
  /** Whether there was a list, possibly an empty one. */
  readonly hasList: boolean;
}

interface PendingValue {
  readonly value: unknown;
  /** The kind that the containing list gives to its items; empty if none. */
  readonly kind: string;
}

/**
 * The objects in the output of kubectl: a List, a typed list (PodList), a list of lists, a single object, or several of
 * these. Ignores null.
 */
export function listedObjects(documents: readonly unknown[]): ListedObjects {
  const objects: unknown[] = [];
  const faults: string[] = [];
  let hasList = false;
  // A stack instead of recursion, because lists may be nested to any depth.
  const pending: PendingValue[] = [];
  const unfold = (values: readonly unknown[], kind: string): void => {
    for (let i = values.length - 1; i >= 0; i--) pending.push({ value: values[i], kind });
  };
  unfold(documents, "");
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, kind } = next;
    const listKind = listKindOf(value);
    if (Array.isArray(value)) {
      unfold(value, "");
    } else if (!isRecord(value)) {
      if (value !== null) objects.push(value);
    } else if (listKind !== null) {
      hasList = true;
      // An empty list may be null. The items of a typed list have no kind.
      if (Array.isArray(value.items)) unfold(value.items, listKind.slice(0, -"List".length));
      else if (value.items !== null) faults.push(`${/^[AEIO]/.test(listKind) ? "an" : "a"} ${listKind} without items`);
    } else {
      objects.push(value.kind === undefined && kind !== "" ? { ...value, kind } : value);
    }
  }
  return { objects, faults, hasList };
}

/**
 * Kind of a list; null for any other value. Programs other than kubectl omit it. A value with a name is not a list but an
 * object of a kind such as `IPAllowList`.
 */
function listKindOf(value: unknown): string | null {
  if (!isRecord(value)) return null;
  const { kind, items, metadata } = value;
  if (kind === undefined && Array.isArray(items)) return "List";
  const isNamed = isRecord(metadata) && metadata.name !== undefined;
  return typeof kind === "string" && kind.endsWith("List") && !isNamed ? kind : null;
}
