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
 * Called once for each problem while it lasts, with the first kind that has it: an outage of the API server is one
 * problem, not one for each kind. Null when no problem is left.
 */
export type WatchProblemHandler = (problem: string | null, kind: string | null) => void;

interface WatchProblems {
  readonly watch: WatchProblemHandler;
  /** Called for each invalid object, which is ignored. */
  readonly object: (problem: string) => void;
}

/** The reflectors of all kinds, for one API server. */
export class ClusterWatches<T> {
  readonly #server: WatchedServer;
  readonly #reflectors: readonly Reflector<T>[];
  readonly #problems: WatchProblems;
  #invalidObjects = 0;
  #running: Promise<unknown> = Promise.resolve();
  #isSynced = false;
  #signalSynced: () => void = () => {};
  readonly #synced = new Promise<void>((resolve) => {
    this.#signalSynced = resolve;
  });
  #events: WatchEvent<T>[] = [];
  /** Current problems, all of them reported. */
  #reported: ReadonlySet<string> = new Set();

  constructor(
    access: ApiAccess,
    kinds: readonly WatchedKind[],
    { transform, keyOf }: ObjectTransform<T>,
    problems: WatchProblems,
  ) {
    this.#problems = problems;
    this.#server = { client: new ApiClient(access), streamsLists: true };
    const handlers = {
      events: (events: readonly WatchEvent<T>[]) => this.#add(events),
      state: () => this.#stateChanged(),
    };
    const validated = {
      keyOf,
      transform: (object: KubernetesObject) => (this.#isValid(object) ? transform(object) : null),
    };
    this.#reflectors = kinds.map((kind) => new Reflector(this.#server, kind, validated, handlers));
  }

  start(): void {
    this.#running = Promise.all(this.#reflectors.map((reflector) => reflector.run()));
  }

  /** Resolves with true once all kinds are synced or forbidden; with false at the time limit or when stopping. */
  async waitForSync(millis: number, stopping: AbortSignal): Promise<boolean> {
    const done = new AbortController();
    const signal = AbortSignal.any([done.signal, stopping]);
    await Promise.race([this.#synced, wait(millis, undefined, { signal }).catch(() => {})]);
    done.abort();
    return this.#isSynced;
  }

  /**
   * Returns and removes the events since the last call. Empty until all kinds are synced or forbidden: part of a cluster
   * would give wrong names, no cluster gives none.
   */
  takeEvents(): WatchEvent<T>[] {
    if (this.#events.length === 0) return this.#events;
    const events = this.#events;
    this.#events = [];
    return events;
  }

  states(): WatchState[] {
    return this.#reflectors.map(({ state }) => state);
  }

  /** Whether changes of the kind arrive as they happen. */
  isWatching(kind: WatchedKind["kind"]): boolean {
    return this.#reflectors.every((reflector) => reflector.kind !== kind || reflector.state.problem === null);
  }

  /** Requests, bytes and invalid objects so far. */
  get counters(): Readonly<ApiClient["counters"]> & { readonly invalidObjects: number } {
    return { ...this.#server.client.counters, invalidObjects: this.#invalidObjects };
  }

  /** Resolves when all requests have ended. Idempotent. */
  async stop(): Promise<void> {
    this.#signalSynced();
    for (const reflector of this.#reflectors) reflector.stop();
    await this.#running;
    this.#server.client.close();
  }

  #isValid(object: KubernetesObject): boolean {
    const fault = objectFault(object);
    if (fault === null) return true;
    this.#invalidObjects++;
    this.#problems.object(fault);
    return false;
  }

  /** Until the sync, the reflectors' stores hold the objects, so that no queue grows while an API server is partly up. */
  #add(events: readonly WatchEvent<T>[]): void {
    if (this.#isSynced) for (const event of events) this.#events.push(event);
  }

  #stateChanged(): void {
    const states = this.states();
    if (!this.#isSynced && states.every(({ isSynced, isForbidden }) => isSynced || isForbidden)) {
      this.#isSynced = true;
      this.#events = this.#reflectors.flatMap((reflector) => reflector.list());
      this.#signalSynced();
    }
    this.#reportProblems(states);
  }

  #reportProblems(states: readonly WatchState[]): void {
    const current = new Map<string, string>();
    for (const { kind, problem } of states) {
      if (problem !== null && !current.has(problem)) current.set(problem, kind);
    }
    const reported = this.#reported;
    this.#reported = new Set(current.keys());
    for (const [problem, kind] of current) if (!reported.has(problem)) this.#problems.watch(problem, kind);
    if (reported.size > 0 && current.size === 0) this.#problems.watch(null, null);
  }
}
