/**
 * Names that others choose (annotations, variables, names of objects, labels) are cut to so many characters: every name
 * that Kubernetes and DNS allow is shorter, escapes and all. Done once, where they come in; spans have the same bound.
 */
export const MAX_NAME_CHARACTERS = 1_024;

const HIGH_SURROGATE = /[\ud800-\udbff]$/;

/** As much of the text as a name may have; no character is cut in half. */
export function boundedText(text: string): string {
  if (text.length <= MAX_NAME_CHARACTERS) return text;
  // A slice alone would keep the whole text in memory.
  return Buffer.from(text.slice(0, MAX_NAME_CHARACTERS).replace(HIGH_SURROGATE, "")).toString();
}

/** The value with every text in it cut; the value itself where none is too long. Deep, for values of JSON's kind. */
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
