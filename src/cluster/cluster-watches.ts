// EDGE: timers
import { setTimeout as wait } from "node:timers/promises";
import type { ApiAccess } from "./api-access.ts";
import { ApiClient } from "./api-client.ts";
import type { WatchEvent } from "./cluster-event.ts";
import type { Trimming } from "./known-objects.ts";
import { KubernetesWatch, type WatchedServer } from "./kubernetes-watch.ts";
import type { WatchState } from "./watch-state.ts";
import type { WatchedKind } from "./watched-kinds.ts";

const POLL_MILLIS = 50;

/**
 * Hears of each problem once while it stands, with the first kind that has it: one outage is one problem, not one of
 * each kind. Null when there is none any more.
 */
export type WatchProblemHandler = (problem: string | null, kind: string | null) => void;

/** Watches of one API server, side by side: of each kind one. */
export class ClusterWatches<T> {
  readonly #server: WatchedServer;
  readonly #watches: readonly KubernetesWatch<T>[];
  readonly #stopping = new AbortController();
  #running: Promise<unknown> = Promise.resolve();
  #events: WatchEvent<T>[] = [];
  #hasSettled = false;
  /** Problems that stand; they have been told. */
  #told: ReadonlySet<string> = new Set();

  constructor(access: ApiAccess, kinds: readonly WatchedKind[], trimming: Trimming<T>, onProblem: WatchProblemHandler) {
    this.#server = { client: new ApiClient(access), streamsLists: true };
    const handlers = {
      events: (events: readonly WatchEvent<T>[]) => {
        for (const event of events) this.#events.push(event);
      },
      state: () => this.#tellProblems(onProblem),
    };
    this.#watches = kinds.map((kind) => new KubernetesWatch(this.#server, kind, trimming, handlers));
  }

  start(): void {
    this.#running = Promise.all(this.#watches.map((watch) => watch.run()));
  }

  /**
   * Resolves when all kinds have been listed but those that the API server refuses; at the latest when the time is over.
   * True when it is so.
   */
  async settled(millis: number): Promise<boolean> {
    const end = performance.now() + millis;
    while (!this.#isSettled() && performance.now() < end && !this.#stopping.signal.aborted) {
      await wait(POLL_MILLIS, undefined, { signal: this.#stopping.signal }).catch(() => {});
    }
    return this.#isSettled();
  }

  /**
   * What has come since the last call. Nothing before all kinds are listed for the first time: half a cluster gives
   * wrong names, none gives none.
   */
  read(): WatchEvent<T>[] {
    if (!this.#isSettled() || this.#events.length === 0) return [];
    const events = this.#events;
    this.#events = [];
    return events;
  }

  states(): WatchState[] {
    return this.#watches.map(({ state }) => state);
  }

  /** What this has cost the API server so far. */
  get counters(): Readonly<ApiClient["counters"]> {
    return this.#server.client.counters;
  }

  /** Resolves when nothing is asked any more. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const watch of this.#watches) watch.stop();
    await this.#running;
    this.#server.client.close();
  }

  #isSettled(): boolean {
    this.#hasSettled ||= this.states().every(({ isSynced, isForbidden }) => isSynced || isForbidden);
    return this.#hasSettled;
  }

  #tellProblems(onProblem: WatchProblemHandler): void {
    const standing = new Map<string, string>();
    for (const { kind, problem } of this.states()) {
      if (problem !== null && !standing.has(problem)) standing.set(problem, kind);
    }
    const told = this.#told;
    this.#told = new Set(standing.keys());
    for (const [problem, kind] of standing) if (!told.has(problem)) onProblem(problem, kind);
    if (told.size > 0 && standing.size === 0) onProblem(null, null);
  }
}
