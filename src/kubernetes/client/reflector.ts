// EDGE: the Kubernetes API server, timers, chance.
/**
 * Follows all objects of one kind, from the API server: a list first, then every change, until stopped. What it tells is
 * always whole: after a gap that the server cannot fill, everything is listed again, and the difference is told.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
import { setTimeout as wait } from "node:timers/promises";
import type { WatchEvent } from "../objects/cluster-event.ts";
import { asObject, objects, text } from "../objects/json-fields.ts";
import type { KubernetesObject } from "../objects/kubernetes-objects.ts";
import type { WatchedKind } from "../objects/watched-kinds.ts";
import type { ApiClient, ApiRequest } from "./api-client.ts";
import { ApiError, cannotStreamLists, FORBIDDEN, GONE, statusError } from "./api-error.ts";
import { isSame, type NewList, ObjectStore, type ObjectTransform } from "./object-store.ts";
import { Refusals } from "./refusals.ts";
import { problemOf, type Verbs, type WatchState } from "./watch-state.ts";

export interface WatchHandlers<T> {
  events(events: readonly WatchEvent<T>[]): void;
  state(state: WatchState): void;
}

/** What all watches of one API server share. */
export interface WatchedServer {
  readonly client: ApiClient;
  /** Whether it can send a list as the beginning of a watch: some refuse, some answer with an error. */
  streamsLists: boolean;
}

const PAGE_OBJECTS = 250;
const LIST_IDLE_MILLIS = 60_000;
/** The server sends a bookmark every minute or so; a connection that is silent for longer is dead. */
const WATCH_IDLE_MILLIS = 180_000;
/** Watches end by themselves after 5 to 10 minutes: agents spread over the API servers, and new tokens are used. */
const WATCH_SECONDS = 300;
/** A server that ends each watch at once must not be asked without pause. */
const SHORT_WATCH_MILLIS = 1_000;
const STUCK_FAILURES = 3;
const MIN_BACKOFF_MILLIS = 500;
const MAX_BACKOFF_MILLIS = 30_000;
const INITIAL_EVENTS_END = "k8s.io/initial-events-end";

export class Reflector<T> {
  readonly #server: WatchedServer;
  readonly #kind: WatchedKind;
  readonly #handlers: WatchHandlers<T>;
  readonly #stopping = new AbortController();
  readonly #known: ObjectStore<T>;
  /** Up to where changes have been told; null where everything must be listed. */
  #version: string | null = null;
  /** Until when what is known was certain. */
  #certainMicros = 0;
  /** What is not allowed, where the request that is under way is refused. */
  #missing: Verbs = "list";
  #failures = 0;
  readonly #refusals = new Refusals();
  #state: WatchState;

  constructor(server: WatchedServer, kind: WatchedKind, trimming: ObjectTransform<T>, handlers: WatchHandlers<T>) {
    this.#server = server;
    this.#kind = kind;
    this.#known = new ObjectStore(trimming);
    this.#handlers = handlers;
    this.#state = { kind: kind.selection?.name ?? kind.resource, isSynced: false, isForbidden: false, problem: null };
  }

  get state(): WatchState {
    return this.#state;
  }

  get kind(): WatchedKind["kind"] {
    return this.#kind.kind;
  }

  /** All objects that are known now, as added. */
  all(): WatchEvent<T>[] {
    return this.#known.all(this.#certainMicros);
  }

  /** Resolves when it is stopped; whatever fails makes it wait and try again. */
  async run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        if (this.#version === null) await this.#list();
        else await this.#follow(this.#version);
      } catch (error) {
        if (!this.#stopping.signal.aborted) await this.#afterFailure(error);
      }
    }
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #list(): Promise<void> {
    if (!this.#server.streamsLists) return this.#listPages("list");
    try {
      await this.#streamList();
    } catch (error) {
      const hasAnswered = error instanceof ApiError && error.status !== null;
      if (!hasAnswered || this.#version !== null) throw error;
      await this.#listPages(error.status === FORBIDDEN ? "list and watch" : "list");
      if (cannotStreamLists(error)) this.#server.streamsLists = false;
    }
  }

  /** One request for both: the list, and the changes from then on. */
  async #streamList(): Promise<void> {
    const listed = this.#known.newList();
    const query = { sendInitialEvents: "true", resourceVersionMatch: "NotOlderThan" };
    for await (const { type, object } of await this.#watch(query)) {
      if (this.#version !== null) {
        this.#tell(type, object);
      } else if (type !== "BOOKMARK") {
        listed.add(this.#ofItsKind(object));
      } else if (object.metadata?.annotations?.[INITIAL_EVENTS_END] === "true") {
        this.#replace(listed, object);
        this.#isFollowing();
      }
    }
    if (this.#version === null) throw this.#noList();
  }

  /** `missing`: what is not allowed, if this is not. */
  async #listPages(missing: Verbs): Promise<void> {
    this.#missing = missing;
    const listed = this.#known.newList();
    for (let next: string | null = ""; next !== null; ) {
      const query = { limit: String(PAGE_OBJECTS), ...(next === "" ? {} : { continue: next }) };
      const { body: page } = await this.#server.client.json(this.#request(query, "List", LIST_IDLE_MILLIS));
      if (versionOf(page) === null) throw this.#noList();
      for (const object of objects(page.items)) listed.add(this.#ofItsKind(object));
      next = text(asObject(page.metadata).continue);
      if (next === null) this.#replace(listed, page as KubernetesObject);
    }
  }

  #noList(): ApiError {
    return new ApiError(null, `the API server at ${this.#server.client.server} gives no whole list; is it one?`);
  }

  async #follow(version: string): Promise<void> {
    const events = await this.#watch({ resourceVersion: version });
    this.#isFollowing();
    for await (const { type, object } of events) this.#tell(type, object);
  }

  /** Resolves when the server answers; then gives its events until it ends the watch. */
  async #watch(query: Readonly<Record<string, string>>) {
    this.#missing = "watch";
    const seconds = Math.round(WATCH_SECONDS * (1 + Math.random()));
    const all = { watch: "true", allowWatchBookmarks: "true", timeoutSeconds: String(seconds), ...query };
    return this.#events(await this.#server.client.jsonLines(this.#request(all, "", WATCH_IDLE_MILLIS)));
  }

  async *#events(lines: AsyncIterable<Record<string, unknown>>) {
    const startMillis = performance.now();
    for await (const { type, object } of lines) {
      if (type === "ERROR") throw statusError(object);
      // A new list says nothing of the time before it.
      if (this.#version !== null) this.#certainMicros = nowMicros();
      yield { type, object: asObject(object) as KubernetesObject };
    }
    if (performance.now() - startMillis < SHORT_WATCH_MILLIS) await this.#backOff();
  }

  #tell(type: unknown, object: KubernetesObject): void {
    this.#failures = 0;
    this.#version = versionOf(object) ?? this.#version;
    if (type !== "ADDED" && type !== "MODIFIED" && type !== "DELETED") return;
    const event = this.#known.change({ timeMicros: this.#certainMicros, type, object: this.#ofItsKind(object) });
    if (event !== null) this.#handlers.events([event]);
  }

  #replace(listed: NewList<T>, list: KubernetesObject): void {
    const timeMicros = nowMicros();
    const events = this.#known.replace(listed, this.#certainMicros, timeMicros);
    this.#certainMicros = timeMicros;
    this.#version = versionOf(list);
    this.#handlers.events(events);
    this.#setState({ isSynced: true });
  }

  /** Items of a list do not repeat their kind, and metadata alone have another. */
  #ofItsKind(object: KubernetesObject): KubernetesObject {
    return { ...object, kind: this.#kind.kind };
  }

  #isFollowing(): void {
    this.#refusals.end();
    this.#setState({ isForbidden: false, problem: null });
  }

  async #afterFailure(error: unknown): Promise<void> {
    const cause = error instanceof ApiError ? error : new ApiError(null, String(error));
    const isGone = cause.status === GONE;
    const isForbidden = cause.status === FORBIDDEN;
    // Where watching is forbidden and listing is not, it is listed again and again; and a version at which a server
    // fails time and again may be what it fails at.
    const isStuck = cause.status !== null && this.#failures >= STUCK_FAILURES;
    if (isGone || isForbidden || isStuck) this.#version = null;
    if (!isForbidden) this.#refusals.end();
    const isCertain = !isForbidden || this.#refusals.isCertain(performance.now(), this.#state.isSynced);
    if (!isGone && isCertain) this.#setState({ isForbidden, problem: problemOf(this.#missing, this.#kind, cause) });
    if (!isGone || this.#failures > 0) await this.#backOff();
    else this.#failures++;
  }

  /** Waits longer after each failure in a row, at random, so that a fleet of agents does not come at once. */
  async #backOff(): Promise<void> {
    const ceiling = Math.min(MAX_BACKOFF_MILLIS, MIN_BACKOFF_MILLIS * 2 ** this.#failures++);
    await wait(ceiling * (0.5 + Math.random() / 2), undefined, { signal: this.#stopping.signal }).catch(() => {});
  }

  #setState(change: Partial<WatchState>): void {
    const state = { ...this.#state, ...change };
    if (isSame(state, this.#state)) return;
    this.#state = state;
    this.#handlers.state(state);
  }

  #request(query: Readonly<Record<string, string>>, list: "" | "List", idleMillis: number): ApiRequest {
    const { path, isMetadataOnly, selection } = this.#kind;
    const metadata = `application/json;as=PartialObjectMetadata${list};g=meta.k8s.io;v=v1`;
    return {
      path: `${path}?${new URLSearchParams({ ...selection?.query, ...query })}`,
      accept: isMetadataOnly ? metadata : "application/json",
      signal: this.#stopping.signal,
      idleMillis,
    };
  }
}

function versionOf({ metadata }: KubernetesObject): string | null {
  return text(metadata?.resourceVersion);
}

function nowMicros(): number {
  return Date.now() * 1_000;
}
