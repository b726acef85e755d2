import { mix } from "../../../src/bounded/hash.ts";
import type { PathCache } from "../../../src/facts/path-cache.ts";
import type { NamedCidr } from "../../../src/inventory/addresses/external-names.ts";
import { ClusterFeed } from "../../../src/inventory/cluster-feed.ts";
import type { ClusterEvent } from "../../../src/kubernetes/objects/cluster-event.ts";
import type { KubernetesObject } from "../../../src/kubernetes/objects/kubernetes-objects.ts";
import type {
  Connection,
  ConnectionOutcome,
  ConnectionPath,
  Endpoint,
  OtherAnswer,
} from "../../../src/model/connection.ts";
import type { End, Interaction } from "../../../src/model/interaction.ts";
import type { Lookup, ResolverQuery } from "../../../src/model/lookup.ts";
import { Direction } from "../../../src/model/packet.ts";
import { NodePipeline } from "../../../src/pipeline.ts";
import { micros } from "./cluster-objects.ts";

/** What an agent knows: the cluster, and its node. */
export interface WatchedCluster {
  /** Replaces `objects` and `events`, for tests that add updates themselves. */
  readonly feed?: ClusterFeed;
  readonly objects?: readonly KubernetesObject[];
  readonly events?: readonly ClusterEvent[];
  /** Null, the default: unknown, so everything is reported. */
  readonly node?: string | null;
  readonly agents?: readonly string[] | null;
  readonly externalCidrs?: readonly NamedCidr[];
  readonly clusterDomain?: string;
  readonly preferLabels?: boolean;
}

/** A fact of the sensor, with the time when the sensor reports it. */
export interface Fact {
  readonly arrivalMicros: number;
  feed(pipeline: NodePipeline): void;
}

export interface Reported {
  readonly interaction: Interaction;
  /** Packet time at which it was reported; null at the end. */
  readonly atMicros: number | null;
}

const TICK_MICROS = 100_000;
/** How long the sensor waits for further copies of a DNS message. */
const DNS_COPIES_MICROS = 60_000;

export interface ConnectionOptions {
  /** First SYN, seconds. */
  readonly at: number;
  /** `address` or `address:port`, `[v6]:port`. */
  readonly from: string;
  readonly to: string;
  /** Source and destination after NAT, where they differ. */
  readonly lastFrom?: string;
  readonly lastTo?: string;
  readonly outcome?: ConnectionOutcome;
  readonly takesSeconds?: number;
  readonly senderLink?: number;
  readonly direction?: Direction;
  readonly retries?: number;
  /** An answer from a server that the SYN was not seen to go to, with the outcome, 1 ms after the SYN. */
  readonly otherAnswer?: { readonly from: string; readonly outcome?: OtherAnswer["outcome"] };
  /** Where its path is, as in the reader of facts; by default, it has none. */
  readonly paths?: PathCache;
}

export function connection(options: ConnectionOptions): Fact {
  const outcome = options.outcome ?? "established";
  const startMicros = micros(options.at);
  const endMicros = startMicros + (options.takesSeconds ?? (outcome === "timed_out" ? 5 : 0.0004)) * 1e6;
  const source = endpoint(options.from, 40_000);
  const destination = endpoint(options.to, 80);
  const fact: Connection = {
    startMicros,
    endMicros,
    outcome,
    preNat: { source, destination },
    postNat: {
      source: options.lastFrom === undefined ? source : endpoint(options.lastFrom, 50_000),
      destination: options.lastTo === undefined ? destination : endpoint(options.lastTo, destination.port),
    },
    firstDirection: options.direction ?? Direction.incoming,
    senderLink: options.senderLink ?? 0,
    retries: options.retries ?? 0,
    otherAnswer: otherAnswerOf(options),
  };
  const path = options.paths === undefined ? null : pathOf(options.paths, fact);
  return { arrivalMicros: endMicros, feed: (pipeline) => pipeline.connection({ ...fact, path }) };
}

function otherAnswerOf({ at, otherAnswer }: ConnectionOptions): OtherAnswer | null {
  if (otherAnswer === undefined) return null;
  const { from, outcome = "established" } = otherAnswer;
  return { server: endpoint(from, 80), outcome, micros: micros(at) + 1_000 };
}

function pathOf(paths: PathCache, { preNat, postNat }: Connection): ConnectionPath {
  const ends = [preNat.source.address, preNat.destination, postNat.destination] as const;
  const hash = [...JSON.stringify(ends)].reduce((sum, character) => mix(sum, character.charCodeAt(0)), 0);
  return paths.at(...ends, hash);
}

export interface LookupOptions {
  /** The query, seconds. */
  readonly at: number;
  /** Until the answer; 2 ms by default. */
  readonly takesSeconds?: number;
  readonly from: string;
  readonly name: string;
  readonly to?: readonly string[];
  readonly chain?: readonly string[];
  readonly type?: "A" | "AAAA";
  /** 0 by default; null: no answer. */
  readonly rcode?: number | null;
  /** Null: no query was seen. */
  readonly resolver?: string | null;
  /** The server that answered; the resolver by default. `isAsked` is false for another one by default. */
  readonly responder?: string;
  readonly isAsked?: boolean;
  readonly senderLink?: number;
  readonly enclosingServer?: string;
  readonly mayBeOwn?: boolean;
  readonly isUnproven?: boolean;
  readonly isTruncated?: boolean;
  readonly isMisnamed?: boolean;
  readonly isOverTcp?: boolean;
}

export function lookup(options: LookupOptions): Fact {
  const queryMicros = micros(options.at);
  const rcode = options.rcode === undefined ? 0 : options.rcode;
  const answerMicros = rcode === null ? null : queryMicros + (options.takesSeconds ?? 0.002) * 1e6;
  const resolver = options.resolver === null ? null : endpoint(options.resolver ?? "10.96.0.10", 53);
  const responder = options.responder === undefined ? resolver : endpoint(options.responder, 53);
  const fact: Lookup = {
    queryMicros,
    answerMicros,
    client: endpoint(options.from, 35_353),
    resolver,
    responder: answerMicros === null ? null : responder,
    isTruncated: options.isTruncated ?? false,
    isMisnamed: options.isMisnamed ?? false,
    isOverTcp: options.isOverTcp ?? false,
    isAsked: options.isAsked ?? options.responder === undefined,
    senderLink: options.senderLink ?? 0,
    enclosingServer: options.enclosingServer ?? null,
    mayBeOwn: options.mayBeOwn ?? false,
    isUnproven: options.isUnproven ?? false,
    // The sensor folds the case.
    name: options.name.toLowerCase(),
    type: options.type === "AAAA" ? 28 : 1,
    rcode,
    chain: options.chain ?? [],
    addresses: options.to ?? [],
  };
  const arrivalMicros = answerMicros === null ? queryMicros + 5_000_000 : answerMicros + DNS_COPIES_MICROS;
  return { arrivalMicros, feed: (pipeline) => pipeline.lookup(fact) };
}

/**
 * The interactions of these facts, in the order of their report. Facts come when the sensor reports them, time in ticks
 * of 100 ms; the recording ends `restSeconds` after the last fact.
 */
export function reported(cluster: WatchedCluster, facts: readonly Fact[], restSeconds = 20): Reported[] {
  const result: Reported[] = [];
  let nowMicros: number | null = null;
  const pipeline = pipelineOf(cluster, (interaction) => result.push({ interaction, atMicros: nowMicros }));
  const inOrder = [...facts].sort((a, b) => a.arrivalMicros - b.arrivalMicros);
  let tick = inOrder[0]?.arrivalMicros ?? 0;
  const turn = (micros: number) => {
    nowMicros = micros;
    pipeline.time(micros);
  };
  for (const fact of inOrder) {
    for (; tick < fact.arrivalMicros; tick += TICK_MICROS) turn(tick);
    fact.feed(pipeline);
    turn(fact.arrivalMicros);
  }
  const last = (inOrder.at(-1)?.arrivalMicros ?? 0) + restSeconds * 1e6;
  for (; tick <= last; tick += TICK_MICROS) turn(tick);
  nowMicros = null;
  pipeline.finish();
  return result;
}

export function pipelineOf(
  cluster: WatchedCluster,
  sink: (interaction: Interaction) => void,
  resolver: (query: ResolverQuery) => void = () => {},
): NodePipeline {
  return new NodePipeline(
    {
      feed: cluster.feed ?? feedOf(cluster),
      node: cluster.node ?? null,
      agents: cluster.agents == null ? null : new Set(cluster.agents),
      dnsPorts: [53],
      externalCidrs: cluster.externalCidrs ?? [],
      clusterDomain: cluster.clusterDomain ?? "cluster.local",
    },
    { add: sink, resolver, advance() {} },
  );
}

function feedOf({ objects = [], events = [], preferLabels = false }: WatchedCluster): ClusterFeed {
  return new ClusterFeed(objects, events, { preferLabels });
}

/** The interactions as lines `shop/web -> shop/orders established orders.shop.svc.cluster.local`, in order of packet time. */
export function lines(cluster: WatchedCluster, facts: readonly Fact[], restSeconds?: number): string[] {
  return reported(cluster, facts, restSeconds)
    .map(({ interaction }) => interaction)
    .sort((a, b) => a.timeMicros - b.timeMicros)
    .map(lineOf);
}

export function lineOf(interaction: Interaction): string {
  const { client, server, outcome, name } = interaction;
  return [endText(client), "->", endText(server), outcome, ...(name === null ? [] : [name])].join(" ");
}

/** `namespace/name` of a workload; other ends begin with their type. */
export function endText(end: End): string {
  switch (end.type) {
    case "workload":
      return `${end.namespace}/${end.name}`;
    case "service":
      return `service:${end.namespace}/${end.name}`;
    case "unresolved":
      return `unresolved:${end.address}`;
    default:
      return `${end.type}:${end.name}`;
  }
}

function endpoint(text: string, port: number): Endpoint {
  const match = /^(?:\[(?<v6>.+)\]|(?<v4>[\d.]+))(?::(?<port>\d+))?$/.exec(text);
  const { v6, v4, port: given } = match?.groups ?? {};
  return { address: v6 ?? v4 ?? text, port: given === undefined ? port : Number(given) };
}
