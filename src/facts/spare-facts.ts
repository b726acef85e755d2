import type { Connection, Endpoint, Tuple } from "../model/connection.ts";
import type { Lookup } from "../model/lookup.ts";
import { Direction } from "../model/packet.ts";

/** Spare facts of each kind: more than wait at one time, except in a flood. */
const MAX_SPARE = 1_024;

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type WritableConnection = Writable<Omit<Connection, "preNat">> & { readonly preNat: Writable<Tuple> };
type WritableLookup = Writable<Omit<Lookup, "client">> & { readonly client: Writable<Endpoint> };

/**
 * Pools of decided facts for reuse: new objects for each fact would displace the tables that the next fact needs from the
 * caches of the CPU.
 */
export class SpareFacts {
  readonly #connections: WritableConnection[] = [];
  readonly #lookups: WritableLookup[] = [];

  /** With the contents of its last use, but for its source, which others may keep. */
  takeConnection(): WritableConnection {
    return this.#connections.pop() ?? emptyConnection();
  }

  /** With the contents of its last use. */
  takeLookup(): WritableLookup {
    return this.#lookups.pop() ?? emptyLookup();
  }

  /** Takes back a connection that no stage refers to any more; stages may keep its ends. */
  connection(connection: Connection): void {
    if (this.#connections.length < MAX_SPARE) this.#connections.push(connection);
  }

  /** Takes back a lookup that no stage refers to any more; stages may keep its servers, names and addresses. */
  lookup(lookup: Lookup): void {
    if (this.#lookups.length < MAX_SPARE) this.#lookups.push(lookup);
  }
}

function emptyConnection(): WritableConnection {
  const none: Endpoint = { address: "::", port: 0 };
  const preNat = { source: none, destination: none };
  return {
    startMicros: Number.NaN,
    endMicros: Number.NaN,
    outcome: "unfinished",
    preNat,
    postNat: preNat,
    path: null,
    firstDirection: Direction.unknown,
    senderLink: 0,
    retries: 0,
    otherAnswer: null,
  };
}

function emptyLookup(): WritableLookup {
  return {
    queryMicros: Number.NaN,
    answerMicros: null,
    client: { address: "::", port: 0 },
    resolver: null,
    responder: null,
    isAsked: false,
    isTruncated: false,
    isMisnamed: false,
    isOverTcp: false,
    mayBeOwn: false,
    isUnproven: false,
    enclosingServer: null,
    senderLink: 0,
    name: "",
    type: 0,
    rcode: null,
    chain: [],
    addresses: [],
  };
}
