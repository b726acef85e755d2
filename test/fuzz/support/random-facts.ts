import { CONNECTION_OUTCOMES } from "../../../src/facts/record-layout.ts";
import type { Connection, Endpoint } from "../../../src/model/connection.ts";
import type { Lookup } from "../../../src/model/lookup.ts";
import type { Direction } from "../../../src/model/packet.ts";
import { micros } from "../../support/cluster/cluster-objects.ts";
import type { Choice } from "./choice.ts";
import type { Scene } from "./scene.ts";

export type RandomFact =
  | { readonly type: "connection"; readonly connection: Connection }
  | { readonly type: "lookup"; readonly lookup: Lookup };

/** Seconds from the first packet to the fact. */
const AGES = [0.001, 0.1, 0.5, 1, 2, 5, 8, 60, 130, 250];
const RCODES = [0, 0, 0, 0, 3, 3, 2, null];
const TYPES = [1, 1, 28, 28, 65];
/** How many facts are remembered, to come again. */
const MAX_REMEMBERED = 8;

/** Facts of few clients, servers and names; most are like one before, but for one field. */
export class RandomFacts {
  readonly #scene: Scene;
  readonly #recent: RandomFact[][] = [];
  /** Attempts that have retransmitted, which may get a verdict. */
  readonly #repeating: Connection[] = [];
  #port = 40_000;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** One fact or several that arrive at `at` seconds. */
  next(choice: Choice, at: number): RandomFact[] {
    const facts = this.#next(choice, at);
    this.#recent.push(facts);
    if (this.#recent.length > MAX_REMEMBERED) this.#recent.shift();
    for (const fact of facts)
      if (fact.type === "connection" && fact.connection.outcome === "repeating") this.#repeating.push(fact.connection);
    return facts;
  }

  #next(choice: Choice, at: number): RandomFact[] {
    if (this.#recent.length > 0 && !choice.once(4)) {
      const facts = choice.of(this.#recent);
      return facts.map((fact) =>
        fact.type === "lookup" ? this.#askAgain(choice, fact, at) : this.#dialAgain(choice, fact, at),
      );
    }
    const verdict = choice.once(4) ? this.#verdict(choice, at) : null;
    if (verdict !== null) return [verdict];
    const [client, server] = [choice.of(this.#scene.clients), choice.of(this.#scene.servers)];
    const facts: RandomFact[] = choice.once(3) ? [] : [this.#lookup(choice, at, client, server)];
    for (let i = choice.below(3); i > 0; i--) facts.push(this.#connection(choice, at, client, server));
    return facts;
  }

  /** Of an attempt that has retransmitted. */
  #verdict(choice: Choice, at: number): RandomFact | null {
    const attempt = this.#repeating.pop();
    if (attempt === undefined) return null;
    const outcome = choice.of(["established", "timed_out", "refused", "unfinished"] as const);
    return { type: "connection", connection: { ...attempt, outcome, endMicros: micros(at), retries: 2 } };
  }

  #connection(choice: Choice, at: number, client: string, server: string): RandomFact {
    const { served, ports } = this.#scene;
    const startMicros = startOf(choice, at);
    const source = { address: client, port: this.#port++ };
    const destination = { address: server, port: choice.of(ports) };
    const preNat = { source, destination };
    const postNat = {
      source: choice.once(6) ? { address: "192.168.0.1", port: 50_000 } : source,
      destination: choice.once(2) ? endpoint(choice.of(served), choice.of(ports)) : destination,
    };
    const hasNat = postNat.source !== source || postNat.destination !== destination;
    return {
      type: "connection",
      connection: {
        startMicros,
        endMicros: startMicros + 400,
        outcome: choice.once(2) ? "established" : choice.of(CONNECTION_OUTCOMES),
        preNat,
        postNat: hasNat ? postNat : preNat,
        firstDirection: choice.below(3) as Direction,
        senderLink: this.#linkOf(choice, client),
        retries: choice.once(4) ? 1 : 0,
      },
    };
  }

  #lookup(choice: Choice, at: number, client: string, server: string): RandomFact {
    const { resolvers, servers, names, chains } = this.#scene;
    const queryMicros = startOf(choice, at - 0.002);
    const hasQuery = !choice.once(12);
    const rcode = choice.of(RCODES) ?? (hasQuery ? null : 2);
    const resolver = endpoint(choice.of(resolvers), 53);
    const isAsked = hasQuery && !choice.once(12);
    const responder = isAsked ? resolver : endpoint(choice.of(resolvers), 53);
    const hasAddresses = rcode === 0 && !choice.once(5);
    return {
      type: "lookup",
      lookup: {
        queryMicros,
        answerMicros: rcode === null ? null : queryMicros + 2_000,
        client: endpoint(client, this.#port++),
        resolver: hasQuery ? resolver : null,
        responder: rcode === null ? null : responder,
        isAsked,
        isTruncated: rcode !== null && choice.once(12),
        isMisnamed: choice.once(20),
        isOverTcp: choice.once(12),
        mayBeOwn: choice.once(12),
        isUnproven: choice.once(12),
        enclosingServer: choice.once(12) ? choice.of(resolvers) : null,
        senderLink: this.#linkOf(choice, client),
        name: choice.of(names),
        type: choice.of(TYPES),
        rcode,
        chain: rcode === 0 ? choice.of(chains) : [],
        addresses: hasAddresses ? [server, ...choice.some([choice.of(servers)])] : [],
      },
    };
  }

  #askAgain(choice: Choice, { lookup }: Extract<RandomFact, { type: "lookup" }>, at: number): RandomFact {
    const { names, chains, resolvers, servers } = this.#scene;
    const queryMicros = startOf(choice, at - 0.002);
    const answerMicros = lookup.answerMicros === null ? null : queryMicros + 2_000;
    const isAnswered = lookup.rcode === 0;
    const changes: readonly Partial<Lookup>[] = [
      {},
      { type: choice.of(TYPES) },
      { name: choice.of(names) },
      { chain: isAnswered ? choice.of(chains) : [] },
      { addresses: isAnswered ? [choice.of(servers)] : [] },
      { resolver: lookup.resolver === null ? null : endpoint(choice.of(resolvers), 53) },
      { senderLink: this.#linkOf(choice, lookup.client.address) },
    ];
    return { type: "lookup", lookup: { ...lookup, ...choice.of(changes), queryMicros, answerMicros } };
  }

  #dialAgain(choice: Choice, { connection }: Extract<RandomFact, { type: "connection" }>, at: number): RandomFact {
    const { servers, served, ports } = this.#scene;
    const { preNat, postNat } = connection;
    const { source, destination } = preNat;
    const startMicros = startOf(choice, at);
    const dialled = {
      source,
      destination: endpoint(choice.of([destination.address, choice.of(servers)]), choice.of(ports)),
    };
    const behind = endpoint(choice.of([postNat.destination.address, choice.of(served)]), choice.of(ports));
    const changes: readonly Partial<Connection>[] = [
      {},
      { outcome: choice.of(CONNECTION_OUTCOMES) },
      { preNat: dialled, postNat: postNat === preNat ? dialled : postNat },
      { postNat: { source: postNat.source, destination: behind } },
      { firstDirection: choice.below(3) as Direction },
      { senderLink: this.#linkOf(choice, source.address) },
    ];
    const again = { ...connection, ...choice.of(changes), startMicros, endMicros: startMicros + 400 };
    return { type: "connection", connection: again };
  }

  /** That of the client, or of another one. */
  #linkOf(choice: Choice, client: string): number {
    if (choice.once(4)) return 0;
    const { clients } = this.#scene;
    const link = 1 + clients.indexOf(choice.once(8) ? choice.of(clients) : client);
    return choice.once(4) ? link : (link << 16) | link;
  }
}

function startOf(choice: Choice, at: number): number {
  return micros(choice.once(3) ? at - choice.of(AGES) : at);
}

function endpoint(address: string, port: number): Endpoint {
  return { address, port };
}
