import type { ClusterEvent } from "../cluster/cluster-event.ts";
import type { KubernetesObject } from "../cluster/kubernetes-objects.ts";
import { ClusterIndex, type ClusterIndexOptions } from "./cluster-index.ts";

/** A pod is told of some seconds after it was created; objects older than that had been there. */
const NEW_MICROS = 2e6;
const LATE_MICROS = 1e6;

/**
 * A cluster file and a log of watch events as one source of news: the index it fills knows at every moment what an
 * agent would have known then. Events win for the objects that they name; the file adds the rest, as valid for all time.
 */
export class ClusterFeed {
  readonly index: ClusterIndex;
  #events: ClusterEvent[];
  #next = 0;

  /** `events` in order of their times. */
  constructor(
    objects: readonly KubernetesObject[],
    events: readonly ClusterEvent[],
    options: ClusterIndexOptions = {},
  ) {
    this.index = new ClusterIndex(options);
    for (const event of events) this.index.expectEvents(event.object);
    for (const object of objects) this.index.addTimeless(object);
    this.#events = inOrder(events);
  }

  /** Tells the index all news up to that time. */
  advance(micros: number): void {
    for (; this.#next < this.#events.length; this.#next++) {
      const event = this.#events[this.#next];
      if (event === undefined || event.timeMicros > micros) return;
      this.index.apply(event);
    }
  }

  /**
   * When the log first tells of something as added that had been there before `startMicros`: a watch begins with a list
   * of all that there is. Null when it does so in time, or not at all.
   */
  toldLate(startMicros: number): number | null {
    const late = this.#events.find(({ type, object, timeMicros }) => {
      const createdMicros = Date.parse(object.metadata?.creationTimestamp ?? "") * 1_000;
      return type === "ADDED" && createdMicros < startMicros - NEW_MICROS && timeMicros > startMicros + LATE_MICROS;
    });
    return late?.timeMicros ?? null;
  }

  /** News that has come since, from a log that grows. */
  add(events: readonly ClusterEvent[]): void {
    this.#events = inOrder([...this.#events.slice(this.#next), ...events]);
    this.#next = 0;
  }
}

function inOrder(events: readonly ClusterEvent[]): ClusterEvent[] {
  return events.toSorted((a, b) => a.timeMicros - b.timeMicros);
}
