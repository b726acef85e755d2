import { type AddressOwner, isNodeOwner } from "../inventory/addresses/address-owner.ts";
import type { DnsClient } from "../lookups/queried-names.ts";
import type { Lookup, ResolverQuery } from "../model/lookup.ts";
import type { ResolveContext } from "./resolve-context.ts";

/** A server that a client uses all the time is reported again after this time. */
const REPEAT_MICROS = 60_000_000;

/** Reports which DNS server each client queried: the first query to another server than the last one, and one a minute. */
export class ResolverQueries {
  readonly #context: ResolveContext;
  readonly #emit: (query: ResolverQuery) => void;

  constructor(context: ResolveContext, emit: (query: ResolverQuery) => void) {
    this.#context = context;
    this.#emit = emit;
  }

  /** `client`: owner of the client's address; `dnsClient`: what is known of its queries. */
  add(lookup: Lookup, client: AddressOwner, dnsClient: DnsClient): void {
    const { resolver: server, isOverTcp, queryMicros: micros } = lookup;
    if (server === null) return;
    const last = dnsClient.lastUse;
    const isKnown =
      last !== null &&
      last.server.address === server.address &&
      last.server.port === server.port &&
      last.isOverTcp === isOverTcp &&
      Math.abs(micros - last.micros) < REPEAT_MICROS;
    if (isKnown) return;
    dnsClient.lastUse = { server, isOverTcp, micros };
    const { address } = lookup.client;
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
