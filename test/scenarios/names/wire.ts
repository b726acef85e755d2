import type { Answer } from "dns-packet";
import { FactReader } from "../../../src/facts/fact-reader.ts";
import type { Interaction } from "../../../src/model/interaction.ts";
import type { ResolverQuery } from "../../../src/model/lookup.ts";
import { LinkType } from "../../../src/model/packet.ts";
import { TcpFlag } from "../../../src/model/tcp-segment.ts";
import { Sensor } from "../../../src/sensor/sensor.ts";
import { micros } from "../../support/cluster/cluster-objects.ts";
import { endText, lineOf, pipelineOf, type WatchedCluster } from "../../support/cluster/watched-cluster.ts";
import {
  dnsBytes,
  dnsOverTcp,
  type IpPayload,
  ipv4,
  ipv6,
  linuxSll,
  packetOf,
  type TcpOptions,
  tcp,
  udp,
} from "../../support/packet-builder.ts";

/** A sighting of a frame on one interface: SLL packet type (0 to us, 3 to another, 4 from us), source, destination. */
export type Hop = readonly [packetType: number, from: string, to: string];

const HOP_MICROS = 20;

export interface Question {
  readonly name: string;
  readonly type?: "A" | "AAAA";
  readonly id?: number;
}

export interface Reply extends Question {
  /** Addresses, at the end of the chain. */
  readonly to?: readonly string[];
  readonly chain?: readonly string[];
  /** Owner name of the address records; the end of the chain by default. */
  readonly owner?: string;
  readonly rcode?: number;
  readonly isTruncated?: boolean;
}

interface Frame {
  readonly timeMicros: number;
  readonly bytes: Uint8Array;
}

/** Builds a capture of a node on `any`, message by message, and sends it through the whole pipeline. */
export class Wire {
  readonly #frames: Frame[] = [];
  #sequence = 1_000;

  query(at: number, question: Question, hops: readonly Hop[], overTcp = false): void {
    const { name, type = "A", id = 7 } = question;
    const message = dnsBytes({ type: "query", id, flags: 0x100, questions: [{ type, name }] });
    this.#dns(at, message, hops, overTcp);
  }

  answer(at: number, reply: Reply, hops: readonly Hop[], overTcp = false): void {
    const { name, type = "A", id = 7, to = [], chain = [], rcode = 0, isTruncated = false } = reply;
    const names = [name, ...chain];
    const owner = reply.owner ?? names.at(-1) ?? name;
    const answers: Answer[] = [
      ...chain.map((data, i): Answer => ({ type: "CNAME", name: names[i] ?? name, ttl: 30, data })),
      ...to.map((data): Answer => ({ type, name: owner, ttl: 30, data })),
    ];
    const flags = 0x180 | rcode | (isTruncated ? 0x200 : 0);
    this.#dns(at, dnsBytes({ type: "response", id, flags, questions: [{ type, name }], answers }), hops, overTcp);
  }

  /** A connection: the SYN on its hops, and the SYN-ACK on the reversed hops if the server answers. */
  connect(at: number, hops: readonly Hop[], isAnswered = true): void {
    const timestampValue = this.#sequence;
    const sequence = this.#sequence++ * 1_000_003;
    this.#tcp(at, hops, { flags: TcpFlag.syn, sequence, timestampValue });
    if (!isAnswered) return;
    const back = hops.toReversed().map(([type, from, to]): Hop => [type === 4 ? 0 : 4, to, from]);
    this.#tcp(at + 0.0005, back, { flags: TcpFlag.syn | TcpFlag.ack, sequence: 5, acknowledgement: sequence + 1 });
  }

  /** A SYN that is retransmitted and not answered. */
  timeOut(at: number, hops: readonly Hop[]): void {
    const sequence = this.#sequence++ * 1_000_003;
    for (const later of [0, 1, 3, 7]) this.#tcp(at + later, hops, { flags: TcpFlag.syn, sequence });
  }

  /** Lines of all interactions, in order of time. */
  lines(cluster: WatchedCluster, dnsPorts: readonly number[] = [53]): string[] {
    return this.#interactions(cluster, dnsPorts).map(lineOf);
  }

  /** `service.name` of each server, in order of time. */
  servedBy(cluster: WatchedCluster): string[] {
    return this.#interactions(cluster, [53]).map(({ server }) =>
      server.type === "workload" ? server.serviceName : server.type,
    );
  }

  /** The DNS servers that clients queried, as lines `shop/web udp 10.96.0.10:53 kube-system/coredns`. */
  resolvers(cluster: WatchedCluster): string[] {
    const lines: string[] = [];
    this.#run(
      cluster,
      [53],
      () => {},
      ({ client, transport, server, end }) => {
        lines.push(`${endText(client)} ${transport} ${server.address}:${server.port} ${endText(end)}`);
      },
    );
    return lines;
  }

  /** All interactions, in order of time. */
  #interactions(cluster: WatchedCluster, dnsPorts: readonly number[]): Interaction[] {
    const found: Interaction[] = [];
    this.#run(cluster, dnsPorts, (one) => found.push(one));
    return found.sort((a, b) => a.timeMicros - b.timeMicros);
  }

  /** The link stays idle for 20 s at the end. */
  #run(
    cluster: WatchedCluster,
    dnsPorts: readonly number[],
    emit: (interaction: Interaction) => void,
    emitQuery?: (query: ResolverQuery) => void,
  ): void {
    const pipeline = pipelineOf(cluster, emit, emitQuery);
    const reader = new FactReader(pipeline);
    const sensor = new Sensor({ dnsPorts }, (batch) => reader.read(batch));
    const frames = this.#frames.toSorted((a, b) => a.timeMicros - b.timeMicros);
    let now = frames[0]?.timeMicros ?? 0;
    const idleTo = (timeMicros: number) => {
      for (; now + 100_000 < timeMicros; now += 100_000) sensor.tick(now);
      now = Math.max(now, timeMicros);
    };
    for (const { timeMicros, bytes } of frames) {
      idleTo(timeMicros);
      sensor.packet(packetOf(bytes, { timeMicros, linkType: LinkType.linuxSll }));
    }
    idleTo(now + 20e6);
    sensor.finish();
    pipeline.finish();
  }

  #dns(at: number, message: Uint8Array, hops: readonly Hop[], overTcp: boolean): void {
    const sequence = this.#sequence++ * 1_000_003;
    this.#send(at, hops, (sourcePort, destinationPort) =>
      overTcp
        ? tcp({ sourcePort, destinationPort, flags: TcpFlag.ack, sequence, payload: dnsOverTcp(message) })
        : udp(sourcePort, destinationPort, message),
    );
  }

  #tcp(at: number, hops: readonly Hop[], segment: Omit<TcpOptions, "sourcePort" | "destinationPort">): void {
    this.#send(at, hops, (sourcePort, destinationPort) => tcp({ sourcePort, destinationPort, ...segment }));
  }

  #send(at: number, hops: readonly Hop[], build: (sourcePort: number, destinationPort: number) => IpPayload): void {
    for (const [i, [packetType, from, to]] of hops.entries()) {
      const source = split(from);
      const destination = split(to);
      const packet = source.address.includes(":") ? ipv6 : ipv4;
      const addresses = { source: source.address, destination: destination.address };
      const bytes = linuxSll(packetType, packet(addresses, build(source.port, destination.port)));
      this.#frames.push({ timeMicros: micros(at) + i * HOP_MICROS, bytes });
    }
  }
}

function split(text: string): { readonly address: string; readonly port: number } {
  const colon = text.lastIndexOf(":");
  return { address: text.slice(0, colon).replace(/[[\]]/g, ""), port: Number(text.slice(colon + 1)) };
}
