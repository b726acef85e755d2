// EDGE: a growing file of watch events

import { EventsTail } from "../kubernetes/files/events-tail.ts";
import type { ClusterEvent } from "../kubernetes/objects/cluster-event.ts";
import { ConfigError } from "../model/errors.ts";
import type { InvalidObjects } from "./invalid-objects.ts";

/** Follows a log of watch events. Counts and reports invalid lines and objects, and continues after them. */
export class EventsFollower {
  readonly #tail: EventsTail;
  readonly #invalidObjects: InvalidObjects;
  /** `badLines` includes the lines of invalid objects. */
  readonly counters = { read: 0, badLines: 0 };
  #onProblem: (problem: string) => void = () => {};
  #firstProblem: string | null = null;
  #invalidLines = 0;
  #firstInvalidLine = "";

  /** Throws ConfigError if the file cannot be opened. */
  constructor(path: string, invalidObjects: InvalidObjects) {
    this.#tail = new EventsTail(path);
    this.#invalidObjects = invalidObjects;
  }

  /** The events that the file contains at the start. Throws ConfigError if it has lines but none of them is valid. */
  readFirst(): ClusterEvent[] {
    const events = this.read();
    if (events.length === 0 && this.#firstProblem !== null) throw new ConfigError(this.#firstProblem);
    return events;
  }

  /** Sets the handler for each invalid line or object from now on. */
  set onProblem(handler: (problem: string) => void) {
    this.#onProblem = handler;
  }

  /** The invalid lines so far, one sentence; invalid objects are added to `invalidObjects`. */
  get problems(): readonly string[] {
    if (this.#invalidLines === 0) return [];
    const [lines, first] = this.#invalidLines === 1 ? ["line was", ""] : ["lines were", "first: "];
    return [
      `${this.#invalidLines} invalid ${lines} ignored (${first}${this.#firstInvalidLine}); correct the program that writes the log`,
    ];
  }

  /** The events written since the last call. */
  read(): ClusterEvent[] {
    const events = this.#tail.read({
      line: (problem) => {
        if (this.#invalidLines++ === 0) this.#firstInvalidLine = problem;
        this.#ignored(problem);
      },
      object: (problem) => {
        this.#invalidObjects.add(problem);
        this.#ignored(problem);
      },
    });
    this.counters.read += events.length;
    return events;
  }

  #ignored(problem: string): void {
    this.counters.badLines++;
    this.#firstProblem ??= problem;
    this.#onProblem(problem);
  }

  close(): void {
    this.#tail.close();
  }
}
