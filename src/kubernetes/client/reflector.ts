// EDGE: the Kubernetes API server, timers, randomness.
/**
 * Lists all objects of one kind, then watches them, until stopped. After a gap that the API server cannot fill, it lists
 * again (relist) and emits the difference, so that the emitted events are always complete.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
import { setTimeout as wait } from "node:timers/promises";
import type { WatchEvent } from "../objects/cluster-event.ts";
import { asObject, objects, text } from "../objects/json-fields.ts";
import type { KubernetesObject } from "../objects/kubernetes-objects.ts";
import type { WatchedKind } from "../objects/watched-kinds.ts";
import type { ApiClient, ApiRequest } from "./api-client.ts";
import { ApiError, cannotStreamLists, FORBIDDEN, GONE, statusError, TOO_MANY_REQUESTS } from "./api-error.ts";
import { isSame, type ObjectList, ObjectStore, type ObjectTransform } from "./object-store.ts";
import { Refusals } from "./refusals.ts";
import { problemOf, type Verbs, type WatchState } from "./watch-state.ts";

interface ReflectorHandlers<T> {
  events(events: readonly WatchEvent<T>[]): void;
  state(state: WatchState): void;
}

/** An API server, shared by the reflectors of all kinds. */
export interface WatchedServer {
  readonly client: ApiClient;
  /** Whether it streams lists (`sendInitialEvents`); set to false on the first refusal. */
  streamsLists: boolean;
}

const PAGE_OBJECTS = 250;
const LIST_IDLE_MILLIS = 60_000;
/** The API server sends a bookmark about every minute, so a connection without data for longer is dead. */
const WATCH_IDLE_MILLIS = 180_000;
/** A watch ends after 5 to 10 minutes, so that agents spread over the API servers and rotated tokens are used. */
const WATCH_SECONDS = 300;
/** A watch that ends sooner counts as a failure, so that it is not repeated without backoff. */
const SHORT_WATCH_MILLIS = 1_000;
/** After as many consecutive errors, the resourceVersion itself may be the cause. */
const STUCK_FAILURES = 3;
const MIN_BACKOFF_MILLIS = 500;
const MAX_BACKOFF_MILLIS = 30_000;
const INITIAL_EVENTS_END = "k8s.io/initial-events-end";

export class Reflector<T> {
  readonly #server: WatchedServer;
  readonly #kind: WatchedKind;
  readonly #handlers: ReflectorHandlers<T>;
  readonly #stopping = new AbortController();
  readonly #store: ObjectStore<T>;
  /** Of the last event; null if a list is required. */
  #resourceVersion: string | null = null;
  /** When the store last matched the server. */
  #syncedMicros = 0;
  /** The verbs that are missing if the current request is forbidden. */
  #requiredVerbs: Verbs = "list";
  #failures = 0;
  readonly #refusals = new Refusals();
  #state: WatchState;

  constructor(server: WatchedServer, kind: WatchedKind, transform: ObjectTransform<T>, handlers: ReflectorHandlers<T>) {
    this.#server = server;
    this.#kind = kind;
    this.#store = new ObjectStore(transform);
    this.#handlers = handlers;
    this.#state = { kind: kind.selection?.name ?? kind.resource, isSynced: false, isForbidden: false, problem: null };
  }

  get state(): WatchState {
    return this.#state;
  }

  get kind(): WatchedKind["kind"] {
    return this.#kind.kind;
  }

  /** All objects in the store as `ADDED` events. */
  list(): WatchEvent<T>[] {
    return this.#store.list(this.#syncedMicros);
  }

  /** Resolves when stopped. Every failure is retried after a backoff. */
  async run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        if (this.#resourceVersion === null) await this.#relist();
        else await this.#watchFrom(this.#resourceVersion);
      } catch (error) {
        if (!this.#stopping.signal.aborted) await this.#handleFailure(error);
      }
    }
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #relist(): Promise<void> {
    if (!this.#server.streamsLists) return this.#listPages("list");
    try {
      await this.#watchList();
    } catch (error) {
      const isErrorResponse = error instanceof ApiError && error.status !== null;
      if (!isErrorResponse || this.#resourceVersion !== null) throw error;
      // Another request at once, from each agent of a rollout, would keep the server busy.
      if (error.status === TOO_MANY_REQUESTS) throw error;
      await this.#listPages(error.status === FORBIDDEN ? "list and watch" : "list");
      if (cannotStreamLists(error)) this.#server.streamsLists = false;
    }
  }

  /** Streams the list and then the changes, in one request. */
  async #watchList(): Promise<void> {
    const list = this.#store.newList();
    const query = { sendInitialEvents: "true", resourceVersionMatch: "NotOlderThan" };
    for await (const { type, object } of await this.#openWatch(query)) {
      if (this.#resourceVersion !== null) {
        this.#handleEvent(type, object);
      } else if (type !== "BOOKMARK") {
        list.add(this.#withKind(object));
      } else if (object.metadata?.annotations?.[INITIAL_EVENTS_END] === "true") {
        this.#replace(list, object);
        this.#watchStarted();
      }
    }
    if (this.#resourceVersion === null) throw this.#incompleteList();
  }

  async #listPages(requiredVerbs: Verbs): Promise<void> {
    this.#requiredVerbs = requiredVerbs;
    const list = this.#store.newList();
    for (let next: string | null = ""; next !== null; ) {
      const query = { limit: String(PAGE_OBJECTS), ...(next === "" ? {} : { continue: next }) };
      const { body: page } = await this.#server.client.json(this.#request(query, "List", LIST_IDLE_MILLIS));
      if (resourceVersionOf(page) === null) throw this.#incompleteList();
      for (const object of objects(page.items)) list.add(this.#withKind(object));
      next = text(asObject(page.metadata).continue);
      if (next === null) this.#replace(list, page as KubernetesObject);
    }
  }

  #incompleteList(): ApiError {
    const { server } = this.#server.client;
    return new ApiError(null, `the API server at ${server} returns no complete list; check that it is an API server`);
  }

  async #watchFrom(resourceVersion: string): Promise<void> {
    const events = await this.#openWatch({ resourceVersion });
    this.#watchStarted();
    for await (const { type, object } of events) this.#handleEvent(type, object);
  }

  /** Resolves with the response's header; yields events until the watch ends. */
  async #openWatch(query: Readonly<Record<string, string>>) {
    this.#requiredVerbs = "watch";
    const seconds = Math.round(WATCH_SECONDS * (1 + Math.random()));
    const all = { watch: "true", allowWatchBookmarks: "true", timeoutSeconds: String(seconds), ...query };
    return this.#events(await this.#server.client.jsonLines(this.#request(all, "", WATCH_IDLE_MILLIS)));
  }

  async *#events(lines: AsyncIterable<Record<string, unknown>>) {
    const startMillis = performance.now();
    for await (const { type, object } of lines) {
      if (type === "ERROR") throw statusError(object);
      // During a list the store still holds the state of the previous one.
      if (this.#resourceVersion !== null) this.#syncedMicros = nowMicros();
      yield { type, object: asObject(object) as KubernetesObject };
    }
    if (performance.now() - startMillis < SHORT_WATCH_MILLIS) await this.#backOff();
  }

  #handleEvent(type: unknown, object: KubernetesObject): void {
    this.#failures = 0;
    this.#resourceVersion = resourceVersionOf(object) ?? this.#resourceVersion;
    if (type !== "ADDED" && type !== "MODIFIED" && type !== "DELETED") return;
    const event = this.#store.apply({ timeMicros: this.#syncedMicros, type, object: this.#withKind(object) });
    if (event !== null) this.#handlers.events([event]);
  }

  /** `end`: the object with the list's resourceVersion, a page or a bookmark. */
  #replace(list: ObjectList<T>, end: KubernetesObject): void {
    const timeMicros = nowMicros();
    const events = this.#store.replace(list, this.#syncedMicros, timeMicros);
    this.#syncedMicros = timeMicros;
    this.#resourceVersion = resourceVersionOf(end);
    this.#handlers.events(events);
    this.#setState({ isSynced: true });
  }

  /** Items of a list have no kind, and PartialObjectMetadata has its own. */
  #withKind(object: KubernetesObject): KubernetesObject {
    return { ...object, kind: this.#kind.kind };
  }

  #watchStarted(): void {
    this.#refusals.reset();
    this.#setState({ isForbidden: false, problem: null });
  }

  async #handleFailure(error: unknown): Promise<void> {
    const cause = error instanceof ApiError ? error : new ApiError(null, String(error));
    const isGone = cause.status === GONE;
    const isForbidden = cause.status === FORBIDDEN;
    const isStuck = cause.status !== null && this.#failures >= STUCK_FAILURES;
    // If watch is forbidden, the next list may still be allowed.
    if (isGone || isForbidden || isStuck) this.#resourceVersion = null;
    if (!isForbidden) this.#refusals.reset();
    const isReported = !isGone && (!isForbidden || this.#refusals.isPermanent(performance.now(), this.#state.isSynced));
    if (isReported) this.#setState({ isForbidden, problem: problemOf(this.#requiredVerbs, this.#kind, cause) });
    if (!isGone || this.#failures > 0) await this.#backOff();
    else this.#failures++;
  }

  /** Exponential backoff with jitter, so that a fleet of agents does not retry at the same moment. */
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

function resourceVersionOf({ metadata }: KubernetesObject): string | null {
  return text(metadata?.resourceVersion);
}

function nowMicros(): number {
  return Date.now() * 1_000;
}
