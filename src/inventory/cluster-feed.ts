import type { ClusterEvent, ClusterUpdate } from "../kubernetes/objects/cluster-event.ts";
import type { KubernetesObject } from "../kubernetes/objects/kubernetes-objects.ts";
import { createdMicrosOf } from "../kubernetes/objects/pod-times.ts";
import { trimObject } from "../kubernetes/objects/trim-object.ts";
import { CLOCK_STEP_MICROS } from "../model/waiting-times.ts";
import { ClusterIndex } from "./cluster-index.ts";

/** A watch reports a new object within this time; an object older than this existed before. */
const NEW_OBJECT_MICROS = 2e6;
const LATE_MICROS = 1e6;

interface ClusterFeedOptions {
  /** Let the labels app.kubernetes.io/instance and /name set `service.name` before the owner does. */
  readonly preferLabels?: boolean;
  /** The times of updates are those of the clock that dates the packets, also where it is set back. */
  readonly hasPacketClock?: boolean;
}

interface Addition {
  readonly timeMicros: number;
  readonly createdMicros: number;
}

/**
 * Feeds cluster updates to an index in order of time, so that the index at every moment holds what an agent would have
 * known then. Watch events, from a log or from the API server, take precedence for the objects that they name; all other
 * objects of a cluster file are valid for all time.
 */
export class ClusterFeed {
  readonly index = new ClusterIndex();
  readonly #options: ClusterFeedOptions;
  /** `ADDED` events of the log. */
  readonly #additions: readonly Addition[];
  #updates: ClusterUpdate[];
  #next = 0;
  #nowMicros = Number.NEGATIVE_INFINITY;

  /** `events` in any order. */
  constructor(objects: readonly KubernetesObject[], events: readonly ClusterEvent[], options: ClusterFeedOptions = {}) {
    this.#options = options;
    this.#additions = inOrder(events.filter(({ type }) => type === "ADDED")).map(({ timeMicros, object }) => ({
      timeMicros,
      createdMicros: createdMicrosOf(object),
    }));
    this.#updates = inOrder(this.#trimmed(events));
    this.index.isAwaited = this.#updates.length > 0;
    for (const { object } of this.#updates) this.index.expectUpdates(object);
    for (const object of objects) this.#addTimeless(object);
  }

  /** Applies all updates up to that time. */
  advance(micros: number): void {
    if (this.#options.hasPacketClock === true) this.#restartIfSetBack(micros);
    for (; this.#next < this.#updates.length; this.#next++) {
      const update = this.#updates[this.#next];
      if (update === undefined || update.timeMicros > micros) return;
      this.index.apply(update);
    }
  }

  /**
   * Time of the first `ADDED` event after `startMicros` whose object existed before `startMicros`. A watch begins with a
   * list of all objects, so such an event shows that the log begins too late. Null if there is none.
   */
  firstLateAddition(startMicros: number): number | null {
    const late = this.#additions.find(
      ({ createdMicros, timeMicros }) =>
        createdMicros < startMicros - NEW_OBJECT_MICROS && timeMicros > startMicros + LATE_MICROS,
    );
    return late?.timeMicros ?? null;
  }

  /** Appends events of a log that grows. */
  add(events: readonly ClusterEvent[]): void {
    this.addUpdates(this.#trimmed(events));
  }

  /** Appends updates from the API server. */
  addUpdates(updates: readonly ClusterUpdate[]): void {
    if (updates.length === 0) return;
    this.#updates = inOrder([...this.#updates.slice(this.#next), ...updates]);
    this.#next = 0;
  }

  #restartIfSetBack(micros: number): void {
    if (micros < this.#nowMicros - CLOCK_STEP_MICROS) this.index.restart();
    // The first lists count before the first packet.
    if (micros !== Number.POSITIVE_INFINITY) this.#nowMicros = micros;
  }

  #addTimeless(object: KubernetesObject): void {
    const record = trimObject(object, this.#options.preferLabels);
    if (record !== null) this.index.addTimeless(record);
  }

  #trimmed(events: readonly ClusterEvent[]): ClusterUpdate[] {
    return events.flatMap((event) => {
      const object = trimObject(event.object, this.#options.preferLabels);
      return object === null ? [] : [{ ...event, object }];
    });
  }
}

function inOrder<E extends { readonly timeMicros: number }>(events: readonly E[]): E[] {
  return events.toSorted((a, b) => a.timeMicros - b.timeMicros);
}
