import assert from "node:assert/strict";
import { test } from "node:test";
import { DecodedBatch, type DecodeSink } from "../../src/decode/decoded-batch.ts";
import { Decoder } from "../../src/decode/decoder.ts";
import { LinkType, type Packet } from "../../src/model/packet.ts";
import { concat, dnsBytes, dnsOverTcp, icmp, ipv4, packetOf, tcp } from "../support/packet-builder.ts";
import { Recorder } from "./support/recorder.ts";

const NONE = new Int32Array(8);

/** Names what it receives, in order. */
class Order implements DecodeSink {
  readonly received: string[] = [];

  segment({ sequence, addresses }: Parameters<DecodeSink["segment"]>[0]): void {
    this.received.push(`segment ${sequence} ${addresses[7]}`);
  }

  message({ id, addresses }: Parameters<DecodeSink["message"]>[0]): void {
    this.received.push(`message ${id} ${addresses[7]}`);
  }

  unreachable(): void {
    this.received.push("unreachable");
  }
}

function add(batch: DecodedBatch, kind: "segment" | "message", number: number): void {
  const addresses = Int32Array.of(0, 0, 0, 0, 0, 0, 0, 1_000 + number);
  if (kind === "segment") {
    batch.segment.sequence = number;
    batch.addSegment(addresses);
  } else {
    batch.message.id = number;
    batch.addMessage(addresses);
  }
}

test("a batch passes on its messages, then its segments, each in order with its own addresses", () => {
  const order = new Order();
  const batch = new DecodedBatch(order);
  add(batch, "segment", 1);
  add(batch, "message", 2);
  add(batch, "segment", 3);
  add(batch, "message", 4);
  assert.deepEqual(order.received, []);
  batch.deliver();
  batch.deliver();
  assert.deepEqual(order.received, ["message 2 1002", "message 4 1004", "segment 1 1001", "segment 3 1003"]);
});

for (const kind of ["segment", "message"] as const) {
  test(`a full batch passes on each ${kind} once, and what was added before`, () => {
    const order = new Order();
    const batch = new DecodedBatch(order);
    const other = kind === "segment" ? "message" : "segment";
    const expected: string[] = [];
    add(batch, other, 7);
    for (let i = 0; i < 1_000; i++) {
      add(batch, kind, i);
      expected.push(`${kind} ${i} ${1_000 + i}`);
    }
    assert.ok(order.received.includes(`${other} 7 1007`));
    batch.deliver();
    assert.deepEqual(
      order.received.filter((each) => each.startsWith(kind)),
      expected,
    );
  });
}

test("a sink that asks for more while it receives, or fails, gets nothing twice", () => {
  const received: number[] = [];
  const batch: DecodedBatch = new DecodedBatch({
    message() {},
    segment({ sequence }) {
      received.push(sequence);
      batch.deliver();
      if (sequence === 1) throw new Error("the reader is gone");
    },
    unreachable() {},
  });
  for (let i = 0; i < 3; i++) {
    batch.segment.sequence = i;
    batch.addSegment(NONE);
  }
  assert.throws(() => batch.deliver());
  batch.deliver();
  batch.segment.sequence = 9;
  batch.addSegment(NONE);
  batch.deliver();
  assert.deepEqual(received, [0, 1, 9]);
});

const client = { source: "10.1.0.1", destination: "10.0.0.53" };
const ports = { sourcePort: 40_000, destinationPort: 53 };

function packet(bytes: Uint8Array): Packet {
  return packetOf(bytes, { linkType: LinkType.raw });
}

test("a SYN with several DNS queries is a segment and messages, all with the addresses and ports of their packet", () => {
  const queries = [1, 2, 3].map((id) =>
    dnsOverTcp(dnsBytes({ type: "query", id, questions: [{ type: "A", name: `n${id}.test` }] })),
  );
  const syn = tcp({ ...ports, flags: 0x02, sequence: 9, payload: concat(...queries) });
  const other = tcp({ sourcePort: 1, destinationPort: 2, flags: 0x02, sequence: 8 });
  const recorder = new Recorder();
  // Twice: objects that have waited before are filled again.
  for (let i = 0; i < 2; i++) {
    recorder.decoder.decode(packet(ipv4({ source: "10.9.9.9", destination: "10.9.9.8" }, other).bytes));
    const source = `10.1.0.${i}`;
    recorder.decoder.decode(packet(ipv4({ ...client, source }, syn).bytes));
    const { segments, messages } = recorder;
    assert.deepEqual(
      segments.slice(2 * i).map((each) => [each.source, each.destination]),
      [
        ["10.9.9.9 1", "10.9.9.8 2"],
        [`${source} 40000`, "10.0.0.53 53"],
      ],
    );
    assert.deepEqual(
      messages.slice(3 * i).map((each) => [each.id, each.source, each.destination, each.overTcp]),
      [1, 2, 3].map((id) => [id, `${source} 40000`, "10.0.0.53 53", true]),
    );
  }
});

test("an ICMP error comes after the segments that were captured before it", () => {
  const order = new Order();
  const decoder = new Decoder({ dnsPorts: [53] }, order);
  const syn = ipv4(client, tcp({ ...ports, flags: 0x02, sequence: 9 })).bytes;
  decoder.decode(packet(syn));
  decoder.decode(packet(ipv4({ source: "10.1.0.9", destination: "10.1.0.1" }, icmp(3, syn)).bytes));
  decoder.decode(packet(syn));
  decoder.deliver();
  assert.deepEqual(
    order.received.map((each) => each.split(" ")[0]),
    ["segment", "unreachable", "segment"],
  );
});
