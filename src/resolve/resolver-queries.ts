import { GenerationalCache } from "../bounded/generational-cache.ts";
import { type AddressOwner, isNodeOwner, nameScopeOf } from "../inventory/addresses/address-owner.ts";
import type { Endpoint } from "../model/connection.ts";
import type { Lookup, ResolverQuery } from "../model/lookup.ts";
import type { ResolveContext } from "./resolve-context.ts";

/** Clients in a generation. */
const MAX_CLIENTS = 8_192;
/** A server that a client uses all the time is reported again after this time. */
const REPEAT_MICROS = 60_000_000;

interface LastQuery {
  readonly server: Endpoint;
  readonly isOverTcp: boolean;
  readonly micros: number;
}

/** Reports which DNS server each client queried: the first query to another server than the last one, and one a minute. */
export class ResolverQueries {
  readonly #context: ResolveContext;
  readonly #emit: (query: ResolverQuery) => void;
  readonly #last = new GenerationalCache<string, LastQuery>(MAX_CLIENTS);

  constructor(context: ResolveContext, emit: (query: ResolverQuery) => void) {
    this.#context = context;
    this.#emit = emit;
  }

  /** `client`: owner of the client's address. */
  add(lookup: Lookup, client: AddressOwner): void {
    const { resolver: server, isOverTcp, queryMicros: micros } = lookup;
    if (server === null) return;
    const { address } = lookup.client;
    const id = nameScopeOf(client, address);
    const last = this.#last.get(id);
    const isKnown =
      last !== undefined &&
      last.server.address === server.address &&
      last.server.port === server.port &&
      last.isOverTcp === isOverTcp &&
      Math.abs(micros - last.micros) < REPEAT_MICROS;
    if (isKnown) return;
    this.#last.set(id, { server, isOverTcp, micros });
    const { ends, index } = this.#context;
    const node = client.type === "pod" ? client.pod.nodeName : isNodeOwner(client) ? client.node : null;
    const owner = index.ownerOf(server.address, micros, server.port);
    this.#emit({
      client: ends.client(address, client, micros).end,
      server,
      transport: isOverTcp ? "tcp" : "udp",
      end:
        this.#context.kinds.isLinkLocal(server.address) && owner.type === "outside" && node !== null
          ? ends.onNode(node, server, micros).end
          : ends.resolver(server, owner, micros).end,
    });
  }
}
