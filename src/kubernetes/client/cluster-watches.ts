// EDGE: timers
import { setTimeout as wait } from "node:timers/promises";
import type { WatchEvent } from "../objects/cluster-event.ts";
import type { KubernetesObject } from "../objects/kubernetes-objects.ts";
import { objectFault } from "../objects/object-fault.ts";
import type { WatchedKind } from "../objects/watched-kinds.ts";
import type { ApiAccess } from "./api-access.ts";
import { ApiClient } from "./api-client.ts";
import type { ObjectTransform } from "./object-store.ts";
import { Reflector, type WatchedServer } from "./reflector.ts";
import type { WatchState } from "./watch-state.ts";

/**
 * Hears of each problem once while it stands, with the first kind that has it: one outage is one problem, not one of
 * each kind. Null when there is none any more.
 */
export type WatchProblemHandler = (problem: string | null, kind: string | null) => void;

export interface WatchProblems {
  readonly watch: WatchProblemHandler;
  /** Hears of each object that cannot be used, and is left out. */
  readonly object: (problem: string) => void;
}

/** Watches of one API server, side by side: of each kind one. */
export class ClusterWatches<T> {
  readonly #server: WatchedServer;
  readonly #watches: readonly Reflector<T>[];
  readonly #problems: WatchProblems;
  #invalidObjects = 0;
  #running: Promise<unknown> = Promise.resolve();
  #isSettled = false;
  #settle: () => void = () => {};
  readonly #settled = new Promise<void>((resolve) => {
    this.#settle = resolve;
  });
  #events: WatchEvent<T>[] = [];
  /** Problems that stand; they have been told. */
  #told: ReadonlySet<string> = new Set();

  constructor(access: ApiAccess, kinds: readonly WatchedKind[], trimming: ObjectTransform<T>, problems: WatchProblems) {
    this.#problems = problems;
    this.#server = { client: new ApiClient(access), streamsLists: true };
    const handlers = {
      events: (events: readonly WatchEvent<T>[]) => this.#add(events),
      state: () => this.#stateChanged(),
    };
    const { keyOf } = trimming;
    const checked = {
      keyOf,
      trim: (object: KubernetesObject) => (this.#isUsable(object) ? trimming.trim(object) : null),
    };
    this.#watches = kinds.map((kind) => new Reflector(this.#server, kind, checked, handlers));
  }

  start(): void {
    this.#running = Promise.all(this.#watches.map((watch) => watch.run()));
  }

  /** Resolves when events may be read, with true; with false when the time is over, or nobody waits any more. */
  async settled(millis: number, stopping: AbortSignal): Promise<boolean> {
    const enough = new AbortController();
    const signal = AbortSignal.any([enough.signal, stopping]);
    await Promise.race([this.#settled, wait(millis, undefined, { signal }).catch(() => {})]);
    enough.abort();
    return this.#isSettled;
  }

  /**
   * What has come since the last call. Nothing before all kinds are listed for the first time, but those that the API
   * server refuses: half a cluster gives wrong names, none gives none.
   */
  read(): WatchEvent<T>[] {
    if (this.#events.length === 0) return this.#events;
    const events = this.#events;
    this.#events = [];
    return events;
  }

  states(): WatchState[] {
    return this.#watches.map(({ state }) => state);
  }

  /** Whether changes of that kind are told as they happen. */
  follows(kind: WatchedKind["kind"]): boolean {
    return this.#watches.every((watch) => watch.kind !== kind || watch.state.problem === null);
  }

  /** What this has cost the API server so far, and the objects of its that could not be used. */
  get counters(): Readonly<ApiClient["counters"]> & { readonly invalidObjects: number } {
    return { ...this.#server.client.counters, invalidObjects: this.#invalidObjects };
  }

  /** Resolves when nothing is asked any more. Idempotent. */
  async stop(): Promise<void> {
    this.#settle();
    for (const watch of this.#watches) watch.stop();
    await this.#running;
    this.#server.client.close();
  }

  #isUsable(object: KubernetesObject): boolean {
    const fault = objectFault(object);
    if (fault === null) return true;
    this.#invalidObjects++;
    this.#problems.object(fault);
    return false;
  }

  /** Until all is listed the watches themselves hold what there is: an API server that is half there costs no memory. */
  #add(events: readonly WatchEvent<T>[]): void {
    if (this.#isSettled) for (const event of events) this.#events.push(event);
  }

  #stateChanged(): void {
    const states = this.states();
    if (!this.#isSettled && states.every(({ isSynced, isForbidden }) => isSynced || isForbidden)) {
      this.#isSettled = true;
      this.#events = this.#watches.flatMap((watch) => watch.all());
      this.#settle();
    }
    this.#reportProblems(states);
  }

  #reportProblems(states: readonly WatchState[]): void {
    const standing = new Map<string, string>();
    for (const { kind, problem } of states) {
      if (problem !== null && !standing.has(problem)) standing.set(problem, kind);
    }
    const told = this.#told;
    this.#told = new Set(standing.keys());
    for (const [problem, kind] of standing) if (!told.has(problem)) this.#problems.watch(problem, kind);
    if (told.size > 0 && standing.size === 0) this.#problems.watch(null, null);
  }
}
