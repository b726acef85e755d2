import type { ClusterEvent, ClusterUpdate } from "../kubernetes/objects/cluster-event.ts";
import type { KubernetesObject } from "../kubernetes/objects/kubernetes-objects.ts";
import { createdMicrosOf } from "../kubernetes/objects/pod-times.ts";
import { trimObject } from "../kubernetes/objects/trim-object.ts";
import { ClusterIndex } from "./cluster-index.ts";

/** A pod is told of some seconds after it was created; objects older than that had been there. */
const NEW_MICROS = 2e6;
const LATE_MICROS = 1e6;

export interface ClusterFeedOptions {
  /** Let labels name a workload before its owner does. */
  readonly preferLabels?: boolean;
}

/**
 * All that is known of the cluster as one source of news: the index it fills knows at every moment what an agent would
 * have known then. Watch events, from a log or from the API server, win for the objects that they name; a cluster file
 * adds the rest, as valid for all time.
 */
export class ClusterFeed {
  readonly index = new ClusterIndex();
  readonly #options: ClusterFeedOptions;
  /** What the log told as added, and when it had been made. */
  readonly #added: readonly { readonly timeMicros: number; readonly createdMicros: number }[];
  #updates: ClusterUpdate[];
  #next = 0;

  /** `events` in order of their times. */
  constructor(objects: readonly KubernetesObject[], events: readonly ClusterEvent[], options: ClusterFeedOptions = {}) {
    this.#options = options;
    this.#added = inOrder(events.filter(({ type }) => type === "ADDED")).map(({ timeMicros, object }) => ({
      ...{ timeMicros, createdMicros: createdMicrosOf(object) },
    }));
    this.#updates = inOrder(this.#trimmed(events));
    for (const { object } of this.#updates) this.index.expectEvents(object);
    for (const object of objects) this.#addTimeless(object);
  }

  /** Tells the index all news up to that time. */
  advance(micros: number): void {
    for (; this.#next < this.#updates.length; this.#next++) {
      const news = this.#updates[this.#next];
      if (news === undefined || news.timeMicros > micros) return;
      this.index.apply(news);
    }
  }

  /**
   * When the log first tells of something as added that had been there before `startMicros`: a watch begins with a list
   * of all that there is. Null when it does so in time, or not at all.
   */
  reportedLate(startMicros: number): number | null {
    const late = this.#added.find(
      ({ createdMicros, timeMicros }) =>
        createdMicros < startMicros - NEW_MICROS && timeMicros > startMicros + LATE_MICROS,
    );
    return late?.timeMicros ?? null;
  }

  /** Events that have come since, from a log that grows. */
  add(events: readonly ClusterEvent[]): void {
    this.addUpdates(this.#trimmed(events));
  }

  /** News that has come since, from the API server. */
  addUpdates(news: readonly ClusterUpdate[]): void {
    if (news.length === 0) return;
    this.#updates = inOrder([...this.#updates.slice(this.#next), ...news]);
    this.#next = 0;
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
