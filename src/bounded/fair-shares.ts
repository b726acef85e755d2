/** An item and its owner. */
interface OwnedItem<Owner, Item> {
  readonly owner: Owner;
  readonly item: Item;
}

/**
 * Divides a capacity between owners. One owner can have all of it until others add items: then the owner with the most items
 * loses its newest one. So an owner gets its fair share, regardless of how many items others add.
 * Operations take O(1), except `retain`.
 */
export class FairShares<Owner, Item> {
  readonly #capacity: number;
  readonly #items = new Map<Owner, Item[]>();
  /** Owners by their number of items. */
  readonly #owners = new Map<number, Set<Owner>>();
  /** The largest number of items of an owner. */
  #most = 0;
  size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get isFull(): boolean {
    return this.size >= this.#capacity;
  }

  /**
   * Adds an item of the owner. Returns the evicted item: null while there is room, an item of the largest owner, or this item,
   * if its owner has as many as any other.
   */
  add(owner: Owner, item: Item): OwnedItem<Owner, Item> | null {
    let removed: OwnedItem<Owner, Item> | null = null;
    if (this.isFull) {
      // With one item less, the other owner would get it back with its next item.
      if (this.#most < (this.#items.get(owner)?.length ?? 0) + 2) return { owner, item };
      removed = this.#evictFromLargest();
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

  /** Removes the items for which `isKept` returns false. */
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

  #evictFromLargest(): OwnedItem<Owner, Item> | null {
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
