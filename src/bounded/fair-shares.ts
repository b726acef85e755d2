/** An item with the owner that it counts for. */
export interface OwnedItem<Owner, Item> {
  readonly owner: Owner;
  readonly item: Item;
}

/**
 * Divides a capacity between owners. One may have all of it while nobody else wants any; who wants some later gets it from
 * the owner that has the most, which gives up what it got last. So the share of one owner does not depend on how greedy another is.
 * A step is O(1), `retain` aside.
 */
export class FairShares<Owner, Item> {
  readonly #capacity: number;
  readonly #items = new Map<Owner, Item[]>();
  /** Owners by how many items they have. */
  readonly #owners = new Map<number, Set<Owner>>();
  /** The most that any owner has. */
  #most = 0;
  size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get isFull(): boolean {
    return this.size >= this.#capacity;
  }

  /**
   * Takes in an item of the owner. Answers what had no room: null where there was enough, another owner's item, or this
   * one itself, where its owner has as many as any other.
   */
  add(owner: Owner, item: Item): OwnedItem<Owner, Item> | null {
    let removed: OwnedItem<Owner, Item> | null = null;
    if (this.isFull) {
      // One fewer would only be taken back at the other's next item.
      if (this.#most < (this.#items.get(owner)?.length ?? 0) + 2) return { owner, item };
      removed = this.#removeOfLargest();
    }
    let items = this.#items.get(owner);
    if (items === undefined) {
      items = [];
      this.#items.set(owner, items);
    }
    items.push(item);
    this.#move(owner, items.length - 1, items.length);
    this.size++;
    return removed;
  }

  /** Forgets every item that `isKept` does not keep. */
  retain(isKept: (item: Item) => boolean): void {
    for (const [owner, items] of [...this.#items]) {
      const kept = items.filter(isKept);
      if (kept.length === items.length) continue;
      this.size -= items.length - kept.length;
      this.#move(owner, items.length, kept.length);
      if (kept.length === 0) this.#items.delete(owner);
      else this.#items.set(owner, kept);
    }
  }

  #removeOfLargest(): OwnedItem<Owner, Item> | null {
    for (const owner of this.#owners.get(this.#most) ?? []) {
      const items = this.#items.get(owner);
      const item = items?.pop();
      if (items === undefined || item === undefined) break;
      this.#move(owner, items.length + 1, items.length);
      if (items.length === 0) this.#items.delete(owner);
      this.size--;
      return { owner, item };
    }
    return null;
  }

  #move(owner: Owner, from: number, to: number): void {
    const left = this.#owners.get(from);
    left?.delete(owner);
    if (left?.size === 0) this.#owners.delete(from);
    if (to > 0) {
      const joined = this.#owners.get(to);
      if (joined === undefined) this.#owners.set(to, new Set([owner]));
      else joined.add(owner);
    }
    if (to > this.#most) this.#most = to;
    while (this.#most > 0 && !this.#owners.has(this.#most)) this.#most--;
  }
}
