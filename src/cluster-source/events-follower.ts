// EDGE: a growing file of watch events

import { EventsTail } from "../kubernetes/files/kubernetes-file.ts";
import type { ClusterEvent } from "../kubernetes/objects/cluster-event.ts";
import { ConfigError } from "../model/errors.ts";

/** Follows the log of watch events. Lines that are none are counted and told of, and end nothing. */
export class EventsFollower {
  readonly #tail: EventsTail;
  readonly counters = { read: 0, badLines: 0 };
  #onBadLine: (problem: string) => void = () => {};
  #firstProblem: string | null = null;

  /** Throws ConfigError when the file cannot be opened. */
  constructor(path: string) {
    this.#tail = new EventsTail(path);
  }

  /** What the file holds at the start. Throws ConfigError when no line of it is an event. */
  readFirst(): ClusterEvent[] {
    const events = this.read();
    if (events.length === 0 && this.#firstProblem !== null) throw new ConfigError(this.#firstProblem);
    return events;
  }

  /** Hears of every bad line from now on, and of the first one if there was one before. */
  set onBadLine(heard: (problem: string) => void) {
    this.#onBadLine = heard;
    if (this.#firstProblem !== null) heard(this.#firstProblem);
  }

  /** What has been written since the last call. */
  read(): ClusterEvent[] {
    const events = this.#tail.read(({ message }) => {
      this.counters.badLines++;
      this.#firstProblem ??= message;
      this.#onBadLine(message);
    });
    this.counters.read += events.length;
    return events;
  }

  close(): void {
    this.#tail.close();
  }
}
