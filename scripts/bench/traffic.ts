import {
  type ClusterPlan,
  type Edge,
  NODES,
  nodeAddress,
  type Pod,
  RESOLVER_IPV6,
  type Target,
} from "./cluster-plan.ts";
import { answerWire, type DnsWire, missWire, QueryType, queryWire } from "./dns-wire.ts";
import { type FrameWriter, type Sighting, TcpFlags } from "./frame-writer.ts";
import type { Random } from "./random.ts";
import { type PodNetwork, type Side, sightingsOf } from "./transit.ts";

/** Contents of the traffic, to compare with results: connections by outcome, lookups, and edges. */
export interface TrafficTotals {
  readonly connections: { established: number; refused: number; timedOut: number };
  lookups: number;
  readonly edges: Set<string>;
}

export interface TrafficOptions {
  readonly network: PodNetwork;
  /** Each connection follows a lookup of its own. */
  readonly searchEach: boolean;
  readonly startMicros: number;
}

interface Exchange {
  readonly query: DnsWire;
  readonly answer: DnsWire;
}

/** A SYN without answer, which is retransmitted each second. */
interface UnansweredSyn {
  dueMicros: number;
  retriesLeft: number;
  readonly copies: readonly Sighting[];
  readonly sequence: number;
}

const ZONE = "cluster.local";
const RETRY_MICROS = 1_000_000;
const RETRIES = 4;
const COPY_MICROS = 12;

/**
 * Traffic of clients. A session is a DNS lookup with the search path, and connections after it: a generator that writes one
 * packet with all its copies in each step, so that sessions can be interleaved.
 */
export class Traffic {
  readonly totals: TrafficTotals = {
    connections: { established: 0, refused: 0, timedOut: 0 },
    lookups: 0,
    edges: new Set(),
  };
  timeMicros: number;
  readonly #plan: ClusterPlan;
  readonly #random: Random;
  readonly #writer: FrameWriter;
  readonly #network: PodNetwork;
  readonly #searchEach: boolean;
  readonly #exchanges = new Map<string, Exchange[]>();
  readonly #unanswered: UnansweredSyn[] = [];
  #port = 0;

  constructor(plan: ClusterPlan, random: Random, writer: FrameWriter, options: TrafficOptions) {
    const { network, searchEach, startMicros } = options;
    this.#plan = plan;
    this.#random = random;
    this.#writer = writer;
    this.#network = network;
    this.#searchEach = searchEach;
    this.timeMicros = startMicros;
  }

  /** A lookup, then connections: one, or as many as TCP needs to have as many frames as DNS. */
  *session(edge: Edge): Generator<void> {
    yield* this.#lookup(edge);
    do yield* this.#connection(edge);
    while (!this.#searchEach && this.#writer.tcpFrames < this.#writer.dnsFrames && !this.#writer.isFull);
  }

  /** Retransmits the SYNs that are due. */
  retransmit(): void {
    for (
      let first = this.#unanswered[0];
      first !== undefined && first.dueMicros <= this.timeMicros;
      first = this.#unanswered[0]
    ) {
      this.#unanswered.shift();
      this.#tcp(first.copies, TcpFlags.syn, first.sequence, 0);
      first.dueMicros += RETRY_MICROS;
      if (--first.retriesLeft > 0) this.#unanswered.push(first);
    }
  }

  *#lookup({ client, target }: Edge): Generator<void> {
    const { resolver } = this.#plan;
    const family = target.isIpv6 ? 1 : 0;
    const dialled = { address: target.isIpv6 ? RESOLVER_IPV6 : resolver.dialled, port: 53 };
    const dnsPod = resolver.pods[this.#random.below(resolver.pods.length)] as Pod;
    const source = { address: client.addresses[family], port: this.#nextPort() };
    const server = { address: dnsPod.addresses[family], port: 53 };
    const copies = sightingsOf(
      { client: source, dialled, masqueraded: source, server, staysOnNode: false },
      this.#network,
    );
    for (const pair of this.#exchangesFor(client, target)) {
      const ids = pair.map(() => this.#random.below(65536));
      for (const [index, { query }] of pair.entries()) {
        this.#dns(copies.request, query, ids[index] ?? 0);
        yield;
      }
      for (const [index, { answer }] of pair.entries()) {
        this.#dns(copies.reply, answer, ids[index] ?? 0);
        yield;
      }
    }
    this.totals.lookups++;
  }

  *#connection({ client, target }: Edge): Generator<void> {
    const copies = this.#connectionSightings(client, target);
    const clientSequence = this.#random.word();
    const serverSequence = this.#random.word();
    const fate = this.#random.fraction();
    this.#tcp(copies.request, TcpFlags.syn, clientSequence, 0);
    this.totals.edges.add(`${client.namespace}/${client.workload} ${target.namespace ?? ""}/${target.name}`);
    if (fate < 0.01) {
      this.totals.connections.timedOut++;
      const dueMicros = this.timeMicros + RETRY_MICROS;
      this.#unanswered.push({ dueMicros, retriesLeft: RETRIES, copies: copies.request, sequence: clientSequence });
      return;
    }
    yield;
    if (fate < 0.03) {
      this.#tcp(copies.reply, TcpFlags.reset, 0, clientSequence + 1);
      this.totals.connections.refused++;
      return;
    }
    this.#tcp(copies.reply, TcpFlags.synAck, serverSequence, clientSequence + 1);
    this.totals.connections.established++;
    yield;
    if (fate < 0.1) {
      this.#tcp(copies.request, TcpFlags.reset, clientSequence + 500, serverSequence + 900);
      return;
    }
    this.#tcp(copies.request, TcpFlags.fin, clientSequence + 500, serverSequence + 900);
    yield;
    this.#tcp(copies.reply, TcpFlags.fin, serverSequence + 900, clientSequence + 501);
  }

  #connectionSightings(pod: Pod, target: Target): { request: Sighting[]; reply: Sighting[] } {
    const family = target.isIpv6 ? 1 : 0;
    const client: Side = { address: pod.addresses[family], port: this.#nextPort() };
    const dialled: Side = { address: target.dialled, port: target.port };
    const served = target.via === "headless" ? target.pods[0] : target.pods[this.#random.below(target.pods.length)];
    const server = served === undefined ? dialled : { address: served.addresses[family], port: target.targetPort };
    const leaves = target.via === "external" && !target.isIpv6;
    const masqueraded = leaves ? { address: nodeAddress(NODES[0]), port: 1024 + this.#random.below(64000) } : client;
    const staysOnNode = served?.node === NODES[0];
    return sightingsOf({ client, dialled, masqueraded, server, staysOnNode }, this.#network);
  }

  /** The queries of a resolver for A and AAAA: names of the search path that do not exist (`ndots:5`), then the one that does. */
  #exchangesFor(client: Pod, target: Target): Exchange[][] {
    const isSameNamespace = target.namespace === client.namespace;
    const short =
      target.namespace === null ? target.name : isSameNamespace ? target.name : `${target.name}.${target.namespace}`;
    const suffixes = [`.${client.namespace}.svc.${ZONE}`, `.svc.${ZONE}`, `.${ZONE}`, ""];
    const hit = target.namespace === null ? 3 : isSameNamespace ? 0 : 1;
    return suffixes.slice(0, hit + 1).map((suffix, form) => {
      const name = short + suffix;
      const key = form === hit ? `${name} exists` : name;
      const made = this.#exchanges.get(key) ?? this.#exchangesOf(name, form === hit ? target : null);
      this.#exchanges.set(key, made);
      return made;
    });
  }

  #exchangesOf(name: string, target: Target | null): Exchange[] {
    return [QueryType.a, QueryType.aaaa].map((type) => {
      const query = queryWire(name, type);
      if (target === null) return { query, answer: missWire(name, type, ZONE, false) };
      const isAnswered = (type === QueryType.aaaa) === target.isIpv6;
      const zone = target.namespace === null ? name.split(".").slice(-2).join(".") : ZONE;
      const answer = isAnswered
        ? answerWire(name, type, target.chain, target.dialled.bytes)
        : missWire(name, type, zone, true);
      return { query, answer };
    });
  }

  #dns(copies: readonly Sighting[], { bytes, ttlOffsets }: DnsWire, id: number): void {
    bytes[0] = id >> 8;
    bytes[1] = id & 255;
    for (const offset of ttlOffsets) bytes[offset + 3] = 1 + this.#random.below(30);
    for (const [index, copy] of copies.entries()) this.#writer.udp(this.timeMicros + index * COPY_MICROS, copy, bytes);
  }

  #tcp(copies: readonly Sighting[], flags: number, sequence: number, acknowledgement: number): void {
    const segment = { flags, sequence, acknowledgement, sentMicros: this.timeMicros };
    for (const [index, copy] of copies.entries()) {
      this.#writer.tcp(this.timeMicros + index * COPY_MICROS, copy, segment);
    }
  }

  /** One after the other over the ephemeral range of a Linux client, shared by all of them. */
  #nextPort(): number {
    this.#port = (this.#port + 1) % 28000;
    return 32768 + this.#port;
  }
}
