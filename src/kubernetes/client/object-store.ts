import type { WatchEvent } from "../objects/cluster-event.ts";
import type { KubernetesObject } from "../objects/kubernetes-objects.ts";

/** What is kept of each object, and how two of them are told apart. */
export interface ObjectTransform<T> {
  /** Null for what is of no use. */
  trim(object: KubernetesObject): T | null;
  keyOf(kept: T): string;
}

/** All objects of one kind as they are known, and what an event or a new list says that is new. */
export class ObjectStore<T> {
  readonly #trimming: ObjectTransform<T>;
  #known = new Map<string, T>();

  constructor(trimming: ObjectTransform<T>) {
    this.#trimming = trimming;
  }

  get size(): number {
    return this.#known.size;
  }

  /** All objects, as if they were told for the first time. */
  all(timeMicros: number): WatchEvent<T>[] {
    return [...this.#known.values()].map((object) => ({ timeMicros, type: "ADDED", object }));
  }

  /** Null where nothing that is kept has changed, as by most events: heartbeats, conditions. */
  change({ timeMicros, type, object }: WatchEvent<KubernetesObject>): WatchEvent<T> | null {
    const kept = this.#trimming.trim(object);
    if (kept === null) return null;
    const key = this.#trimming.keyOf(kept);
    const old = this.#known.get(key);
    if (type === "DELETED") {
      this.#known.delete(key);
    } else {
      if (old !== undefined && isSame(old, kept)) return null;
      this.#known.set(key, kept);
    }
    return { timeMicros, type, object: kept };
  }

  /**
   * Takes a new list for all that there is since `timeMicros`. What it lacks was deleted at an unknown time since
   * `certainMicros`, when what was known was certain last.
   */
  replace(list: NewList<T>, certainMicros: number, timeMicros: number): WatchEvent<T>[] {
    const events: WatchEvent<T>[] = [];
    for (const [key, object] of this.#known) {
      if (!list.has(key)) events.push({ timeMicros: certainMicros, untilMicros: timeMicros, type: "DELETED", object });
    }
    for (const [key, object] of list.entries()) {
      const old = this.#known.get(key);
      if (old === undefined) events.push({ timeMicros, type: "ADDED", object });
      else if (!isSame(old, object)) events.push({ timeMicros, type: "MODIFIED", object });
    }
    this.#known = new Map(list.entries());
    return events;
  }

  newList(): NewList<T> {
    return new NewList(this.#trimming);
  }
}

/** A list as it comes in, piece by piece; each object is trimmed at once. */
export class NewList<T> {
  readonly #trimming: ObjectTransform<T>;
  readonly #listed = new Map<string, T>();

  constructor(trimming: ObjectTransform<T>) {
    this.#trimming = trimming;
  }

  add(object: KubernetesObject): void {
    const kept = this.#trimming.trim(object);
    if (kept !== null) this.#listed.set(this.#trimming.keyOf(kept), kept);
  }

  has(key: string): boolean {
    return this.#listed.has(key);
  }

  entries(): Iterable<[string, T]> {
    return this.#listed.entries();
  }
}

export function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
