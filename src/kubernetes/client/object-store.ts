import type { WatchEvent } from "../objects/cluster-event.ts";
import type { KubernetesObject } from "../objects/kubernetes-objects.ts";

/** Reduces objects to what a store keeps of them. */
export interface ObjectTransform<T> {
  /** Null for an object that is not kept. */
  transform(object: KubernetesObject): T | null;
  /** Unique key of a kept object. */
  keyOf(kept: T): string;
}

/** The current objects of one kind. Each event or new list yields the changes that it contains. */
export class ObjectStore<T> {
  readonly #transform: ObjectTransform<T>;
  #objects = new Map<string, T>();

  constructor(transform: ObjectTransform<T>) {
    this.#transform = transform;
  }

  get size(): number {
    return this.#objects.size;
  }

  /** All objects as `ADDED` events. */
  list(timeMicros: number): WatchEvent<T>[] {
    return [...this.#objects.values()].map((object) => ({ timeMicros, type: "ADDED", object }));
  }

  /** Applies an event. Null if no kept field changes, as for most events: heartbeats, conditions. */
  apply({ timeMicros, type, object }: WatchEvent<KubernetesObject>): WatchEvent<T> | null {
    const kept = this.#transform.transform(object);
    if (kept === null) return null;
    const key = this.#transform.keyOf(kept);
    const old = this.#objects.get(key);
    if (type === "DELETED") {
      this.#objects.delete(key);
    } else {
      if (old !== undefined && isSame(old, kept)) return null;
      this.#objects.set(key, kept);
    }
    return { timeMicros, type, object: kept };
  }

  /**
   * Replaces all objects with a list taken at `timeMicros`. An object that the list lacks was deleted at an unknown time
   * since `syncedMicros`, when the store last matched the server.
   */
  replace(list: ObjectList<T>, syncedMicros: number, timeMicros: number): WatchEvent<T>[] {
    const events: WatchEvent<T>[] = [];
    for (const [key, object] of this.#objects) {
      if (!list.has(key)) events.push({ timeMicros: syncedMicros, untilMicros: timeMicros, type: "DELETED", object });
    }
    for (const [key, object] of list.entries()) {
      const old = this.#objects.get(key);
      if (old === undefined) events.push({ timeMicros, type: "ADDED", object });
      else if (!isSame(old, object)) events.push({ timeMicros, type: "MODIFIED", object });
    }
    this.#objects = new Map(list.entries());
    return events;
  }

  newList(): ObjectList<T> {
    return new ObjectList(this.#transform);
  }
}

/** A list under construction. Objects are transformed one by one, so that a large list is never in memory as a whole. */
export class ObjectList<T> {
  readonly #transform: ObjectTransform<T>;
  readonly #objects = new Map<string, T>();

  constructor(transform: ObjectTransform<T>) {
    this.#transform = transform;
  }

  add(object: KubernetesObject): void {
    const kept = this.#transform.transform(object);
    if (kept !== null) this.#objects.set(this.#transform.keyOf(kept), kept);
  }

  has(key: string): boolean {
    return this.#objects.has(key);
  }

  entries(): Iterable<[string, T]> {
    return this.#objects.entries();
  }
}

export function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
