import {
  concat,
  dnsBytes,
  dnsOverTcp,
  fragments,
  type IpPacket,
  type IpPayload,
  icmp,
  ipv4,
  linuxSll2,
  tcp,
  udp,
} from "../../support/packet-builder.ts";

/** Numbers from 0 to below `count`. */
export type Random = (count: number) => number;

/** A frame, and how long after the others of its burst it is sent. */
export interface Sent {
  readonly afterMicros: number;
  readonly frame: Uint8Array;
}

export const EVIL = "10.244.1.66";
export const WEB = "10.244.1.5";
export const DNS = "10.96.0.10";
const LINKS = new Map([
  [WEB, 5],
  [EVIL, 66],
]);
export const Flags = { syn: 0x02, synAck: 0x12, rstAck: 0x14, ack: 0x10 } as const;

/** Repeatable numbers (mulberry32). */
export function randomOf(seed: number): Random {
  let state = seed;
  return (count) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % count;
  };
}

export function pick<T>(random: Random, list: readonly T[]): T {
  return list[random(list.length)] as T;
}

/** A frame from a pod of this node, on its own link. */
export function fromPod(pod: string, packet: IpPacket): Uint8Array {
  return linuxSll2(0, packet, { interfaceIndex: LINKS.get(pod) ?? 66, mac: `0a:00:00:00:00:0${pod === WEB ? 1 : 2}` });
}

/** A frame that leaves this node, or goes to one of its pods. */
export function toWire(packet: IpPacket): Uint8Array {
  return linuxSll2(4, packet, { interfaceIndex: 2 });
}

export function packet(source: string, destination: string, payload: IpPayload, id = 1): IpPacket {
  return ipv4({ source, destination, id }, payload);
}

/** Of the latest name. */
let serial = 0;
const LABELS = Array.from({ length: 100 }, (_, i) => String.fromCharCode(97 + (i % 26))).join(".");
const NAMES: readonly ((i: number) => string)[] = [
  (i) => `n${i}.default.svc.cluster.local`,
  (i) => `n${i}.shop`,
  (i) => `n${i}`,
  (i) => `n${i}.${LABELS}`,
  (i) => `n${i % 8}.evil.svc.cluster.local`,
  (i) => `n${i % 8}.evil.svc.cluster.local.example.internal`,
  (i) => `n${i % 8}`,
  () => "orders.shop.svc.cluster.local",
  (i) => `_http._tcp.n${i % 8}.evil.svc.cluster.local`,
  (i) => `\u0001 "\n\\${i % 8}.__proto__.constructor`,
];
const RCODES = [0x0180, 0x0180, 0x0183, 0x0182, 0x0380, 0x0383, 0x0185];

function nameOf(random: Random): string {
  serial++;
  return pick(random, NAMES)(serial);
}

function answerRecords(random: Random, name: string) {
  const a = (owner: string) => ({ type: "A" as const, name: owner, ttl: 5, data: `203.0.113.${random(250)}` });
  const cname = (owner: string, data: string) => ({ type: "CNAME" as const, name: owner, ttl: 5, data });
  switch (random(6)) {
    case 0:
      return [];
    case 1:
      return [a("other.example.com")];
    case 2:
      return [cname(name, "c1.example.com"), cname("c1.example.com", "c2.example.com"), a("c2.example.com")];
    case 3:
      return [cname(name, "c1.example.com"), cname("c1.example.com", name)];
    case 4:
      return Array.from({ length: 1 + random(70) }, () => a(name));
    default:
      return [a(name)];
  }
}

/** A query and what comes of it: nothing, answers of all kinds, and answers without a query. */
function lookup(random: Random): Sent[] {
  const name = nameOf(random);
  const type = pick(random, ["A", "A", "AAAA"] as const);
  const id = random(3) === 0 ? random(4) : random(65_536);
  const port = 40_000 + random(3) * random(2_000);
  const client = pick(random, [EVIL, EVIL, EVIL, "10.244.1.77", "10.244.2.1", "203.0.113.7", WEB]);
  const server = pick(random, [DNS, DNS, DNS, "10.244.2.9", "203.0.113.53"]);
  const questions = [{ type, name }];
  const query = dnsBytes({ type: "query", id, flags: 0x0100, questions });
  const answers = answerRecords(random, name);
  const response = dnsBytes({ type: "response", id, flags: pick(random, RCODES), questions, answers });
  if (random(6) === 0) return overTcp(random, { client, server, port, query, response });
  const sent: Sent[] = [];
  const copies = 1 + random(2);
  if (random(8) > 0) {
    for (let i = 0; i < copies; i++)
      sent.push({ afterMicros: i * 30, frame: fromPod(EVIL, packet(client, server, udp(port, 53, query))) });
  }
  if (random(5) === 0) return sent;
  const from = random(8) === 0 ? "198.51.100.1" : server;
  const whole = udp(53, port, response);
  const packets =
    random(8) === 0
      ? fragments({ source: from, destination: client, id: random(4) }, whole, 8 * (1 + random(8)))
      : [packet(from, client, whole)];
  const kept = packets.filter(() => random(30) > 0);
  for (const each of kept) sent.push({ afterMicros: 100 + random(400_000), frame: toWire(each) });
  return sent;
}

interface Exchange {
  readonly client: string;
  readonly server: string;
  readonly port: number;
  readonly query: Uint8Array;
  readonly response: Uint8Array;
}

/** The answer twice, with bytes between that belong to no message, in segments that are lost, late, or overlap. */
function overTcp(random: Random, { client, server, port, query, response }: Exchange): Sent[] {
  const sequence = random(2 ** 31);
  const segment = (isQuery: boolean, at: number, payload: Uint8Array, flags: number = Flags.ack): Uint8Array => {
    const ports = isQuery ? { sourcePort: port, destinationPort: 53 } : { sourcePort: 53, destinationPort: port };
    const bytes = tcp({ ...ports, flags, sequence: (sequence + at) | 0, payload });
    return isQuery ? fromPod(EVIL, packet(client, server, bytes)) : toWire(packet(server, client, bytes));
  };
  const sent: Sent[] = [{ afterMicros: 0, frame: segment(true, -1, new Uint8Array(0), Flags.syn) }];
  if (random(2) === 0) sent.push({ afterMicros: 5, frame: segment(false, -1, new Uint8Array(0), Flags.syn) });
  sent.push({ afterMicros: 20, frame: segment(true, 0, dnsOverTcp(query)) });
  const stream = concat(
    dnsOverTcp(response),
    Uint8Array.from({ length: random(9) }, () => random(256)),
    dnsOverTcp(response),
  );
  for (let at = 0; at < stream.length; ) {
    const length = 1 + random(stream.length);
    if (random(5) > 0)
      sent.push({ afterMicros: 40 + random(2_000), frame: segment(false, at, stream.slice(at, at + length)) });
    at += random(6) === 0 ? Math.ceil(length / 2) : length;
  }
  return sent;
}

/** Attempts with few ports and numbers, so that they meet: answered, refused, retransmitted, forged, from any address. */
function attempt(random: Random): Sent[] {
  const source = pick(random, [
    EVIL,
    EVIL,
    EVIL,
    "10.244.1.77",
    "10.244.2.1",
    "192.168.0.1",
    "192.168.0.2",
    "203.0.113.7",
    WEB,
  ]);
  const server = pick(random, [
    "10.96.0.20",
    "10.244.2.8",
    "192.168.0.1",
    "203.0.113.9",
    EVIL,
    `203.0.113.${random(250)}`,
    "127.0.0.1",
  ]);
  const sourcePort = 20_000 + random(8);
  const destinationPort = pick(random, [80, 8080, 10_250, 30_080, 53, 1 + random(65_535)]);
  const sequence = random(4) === 0 ? random(2 ** 31) : random(6);
  const syn = { sourcePort, destinationPort, flags: Flags.syn, sequence, timestampValue: random(3) };
  const payload = random(12) === 0 ? new Uint8Array(random(40)) : new Uint8Array(0);
  const there = packet(source, server, tcp({ ...syn, payload }), random(3));
  const sent: Sent[] = [{ afterMicros: 0, frame: fromPod(EVIL, there) }];
  if (random(3) === 0) sent.push({ afterMicros: 20, frame: toWire(there) });
  for (let i = random(4); i > 0; i--)
    sent.push({
      afterMicros: i * 1_000_000 + random(9),
      frame: fromPod(EVIL, packet(source, server, tcp({ ...syn, timestampValue: 9 + i }), i)),
    });
  const acknowledgement = (sequence + 1 + (random(9) === 0 ? 1 : 0)) | 0;
  const back = { sourcePort: destinationPort, destinationPort: sourcePort, sequence: random(9), acknowledgement };
  const answer = random(5);
  if (answer < 2) {
    const flags = answer === 0 ? Flags.synAck : Flags.rstAck;
    sent.push({ afterMicros: random(2_000), frame: toWire(packet(server, source, tcp({ ...back, flags }))) });
  } else if (answer === 2) {
    const from = pick(random, [server, source, "198.51.100.1"]);
    const quoted = there.bytes.slice(0, 28 + random(13));
    sent.push({ afterMicros: random(2_000), frame: toWire(packet(from, source, icmp(random(16), quoted))) });
  }
  return sent;
}

function garbage(random: Random): Sent[] {
  const [first] = pick(random, [lookup, attempt])(random);
  if (first === undefined) return [];
  const frame = first.frame.slice(0, 20 + random(first.frame.length));
  for (let i = 1 + random(6); i > 0; i--) frame[16 + random(Math.max(1, frame.length - 16))] = random(256);
  return [{ afterMicros: 0, frame }];
}

/** What a pod may send, and what may come back. */
export function hostileFrames(random: Random): Sent[] {
  return pick(random, [lookup, lookup, attempt, attempt, garbage])(random);
}
