import { dnsBytes, tcp, udp } from "../../support/packet-builder.ts";
import { DNS, EVIL, Flags, fromPod, packet, toWire } from "./hostile-traffic.ts";

/** Offsets in a frame: LINUX_SLL2, then IPv4 without options. */
const DESTINATION = 20 + 16;
const TRANSPORT = 20 + 20;
const DNS_ID = TRANSPORT + 8;
const SEQUENCE = TRANSPORT + 4;
const NUMBER = "000000";

/** A DNS message whose client port, id and name are overwritten for each packet. */
class NumberedFrame {
  readonly #frame: Buffer;
  readonly #portAt: number;
  /** Where the number is in each copy of the name. */
  readonly #numbersAt: number[] = [];

  constructor(frame: Uint8Array, portAt: number) {
    this.#frame = Buffer.from(frame.buffer, frame.byteOffset, frame.length);
    this.#portAt = portAt;
    for (let at = this.#frame.indexOf(NUMBER); at >= 0; at = this.#frame.indexOf(NUMBER, at + 1))
      this.#numbersAt.push(at);
  }

  at(number: number): Uint8Array {
    this.#frame.writeUInt16BE(1_024 + (number % 60_000), this.#portAt);
    this.#frame.writeUInt16BE(number & 0xffff, DNS_ID);
    const text = String(number).padStart(NUMBER.length, "0");
    for (const at of this.#numbersAt) this.#frame.write(text, at, "latin1");
    return this.#frame;
  }
}

/** Queries for ever-new names, each with its answer, which has these flags; null: none is answered. */
export function* floodOfNames(count: number, suffix: string, flags: number | null): Generator<Uint8Array> {
  const name = `${NUMBER}.${suffix}`;
  const questions = [{ type: "A" as const, name }];
  const answers = flags === 0x0180 ? [{ type: "A" as const, name, ttl: 5, data: "203.0.113.7" }] : [];
  const query = dnsBytes({ type: "query", flags: 0x0100, questions });
  const response = dnsBytes({ type: "response", flags: flags ?? 0, questions, answers });
  const asked = new NumberedFrame(fromPod(EVIL, packet(EVIL, DNS, udp(1, 53, query))), TRANSPORT);
  const answered = new NumberedFrame(toWire(packet(DNS, EVIL, udp(53, 1, response))), TRANSPORT + 2);
  for (let i = 0; i < count; i++) {
    yield asked.at(i);
    if (flags !== null) yield answered.at(i);
  }
}

/** SYNs to ever-new addresses. */
export function* floodOfSyns(count: number): Generator<Uint8Array> {
  const syn = tcp({ sourcePort: 1_025, destinationPort: 80, flags: Flags.syn, timestampValue: 1 });
  const frame = fromPod(EVIL, packet(EVIL, "203.0.113.1", syn));
  const view = new DataView(frame.buffer, frame.byteOffset);
  for (let i = 0; i < count; i++) {
    view.setUint32(DESTINATION, 0xcb000000 + i);
    view.setUint32(SEQUENCE, Math.imul(i, 0x9e3779b1) >>> 0);
    yield frame;
  }
}
