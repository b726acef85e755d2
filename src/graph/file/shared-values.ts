/** Longest list that is shared: longer ones rarely occur twice. */
const MAX_SHARED = 4;
const EMPTY: readonly never[] = [];

/**
 * Equal texts and equal short lists of a file as one object each, since most lines repeat those of others. Used while a
 * file is read.
 */
export class SharedValues {
  readonly #texts = new Map<string, string>();
  readonly #lists = new Map<string, readonly (string | number)[]>();

  readonly text = (text: string): string => {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    this.#texts.set(text, text);
    return text;
  };

  list<T>(list: readonly T[]): readonly T[] {
    if (list.length === 0) return EMPTY;
    if (list.length > MAX_SHARED || typeof list[0] === "object") return list;
    const key = JSON.stringify(list);
    const known = this.#lists.get(key);
    if (known !== undefined) return known as readonly T[];
    this.#lists.set(key, list as readonly (string | number)[]);
    return list;
  }
}
