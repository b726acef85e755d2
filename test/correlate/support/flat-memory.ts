// Sends ever-new traffic through a sensor and its reader, and says after each round how much memory is held.
// Run with --expose-gc. Argument: "everything" or "chains". Writes one JSON line a round to standard output.
import { FactReader } from "../../../src/facts/fact-reader.ts";
import { LinkType } from "../../../src/model/packet.ts";
import { Sensor } from "../../../src/sensor/sensor.ts";
import { packetOf } from "../../support/packet-builder.ts";
import { sightings } from "./address-book.ts";
import { answer, query } from "./dns-messages.ts";
import { answerTo, dnsFrame, Flags, tcpFrame } from "./frames.ts";
import { BEGIN_MICROS } from "./sensor-run.ts";

const facts = { connections: 0, lookups: 0 };
const reader = new FactReader({
  connection: () => facts.connections++,
  lookup: () => facts.lookups++,
  time: () => {},
  counters: () => {},
});
const sensor = new Sensor({ dnsPorts: [53] }, (batch) => reader.read(batch));

const SLL_AND_IPV4_SOURCE = 16 + 12;
const TRANSPORT = 16 + 20;
const PLACEHOLDER = "q0000000";

function frame(path: string, build: (sighting: ReturnType<typeof sightings>[number]) => Uint8Array) {
  const [sighting] = sightings(path, "IPv4");
  if (sighting === undefined) throw new Error(path);
  const bytes = Buffer.from(build(sighting));
  const names: number[] = [];
  for (let at = bytes.indexOf(PLACEHOLDER); at >= 0; at = bytes.indexOf(PLACEHOLDER, at + 1)) names.push(at);
  return { bytes, names };
}

const name = `${PLACEHOLDER}.example.com`;
const frames = {
  syn: frame("in C>S", (sighting) => tcpFrame(sighting, { flags: Flags.syn })),
  synAck: frame("out S>C", (sighting) => tcpFrame(sighting, answerTo(0))),
  lostSyn: frame("in X>E", (sighting) => tcpFrame(sighting, { flags: Flags.syn })),
  query: frame("in C>DNS", (sighting) => dnsFrame(sighting, query({ name }))),
  answer: frame("out DNS>C", (sighting) =>
    dnsFrame(sighting, {
      ...answer({ name }, []),
      answers: [
        { type: "CNAME", name, data: `edge.${name}` },
        { type: "A", name: `edge.${name}`, data: "10.9.9.9" },
      ],
    }),
  ),
  silent: frame("in C>Up", (sighting) => dnsFrame(sighting, query({ name: `silent.${name}` }))),
};

let sent = 0;
function send(bytes: Buffer): void {
  const timeMicros = BEGIN_MICROS + sent++ * 200;
  sensor.packet(packetOf(bytes, { timeMicros, linkType: LinkType.linuxSll }));
}

/** Six frames of what was never there before: addresses, ports, numbers, names. */
function sendEverything(i: number): void {
  const client = (0x0a000000 + Math.imul(i, 7_919)) | 0;
  const port = 1_024 + (i % 60_000);
  const text = i.toString().padStart(PLACEHOLDER.length - 1, "0");
  for (const { bytes, names } of Object.values(frames)) {
    for (const at of names) bytes.write(text, at + 1, "latin1");
  }
  for (const { bytes } of [frames.syn, frames.lostSyn, frames.query, frames.silent]) {
    bytes.writeInt32BE(client, SLL_AND_IPV4_SOURCE);
    bytes.writeUInt16BE(port, TRANSPORT);
  }
  for (const { bytes } of [frames.synAck, frames.answer]) {
    bytes.writeInt32BE(client, SLL_AND_IPV4_SOURCE + 4);
    bytes.writeUInt16BE(port, TRANSPORT + 2);
  }
  const sequence = Math.imul(i, 0x9e3779b1);
  frames.syn.bytes.writeInt32BE(sequence, TRANSPORT + 4);
  frames.lostSyn.bytes.writeInt32BE(sequence ^ 0x5555, TRANSPORT + 4);
  frames.synAck.bytes.writeInt32BE((sequence + 1) | 0, TRANSPORT + 8);
  for (const { bytes } of [frames.query, frames.answer, frames.silent]) bytes.writeUInt16BE(i & 0xffff, TRANSPORT + 8);
  frames.answer.bytes.writeInt32BE(client, frames.answer.bytes.length - 4);
  for (const { bytes } of Object.values(frames)) send(bytes);
}

/** An answer with a chain of about 30 kB of names, in one datagram. */
function sendChain(i: number): void {
  const owner = (link: number) => `${`link${link}`.padEnd(60, "x")}.${"y".repeat(60)}.${"z".repeat(60)}.n${i}.example`;
  const answers = Array.from({ length: 140 }, (_, link) => {
    return { type: "CNAME", name: owner(link), data: owner(link + 1) } as const;
  });
  const [sighting] = sightings("out DNS>C", "IPv4");
  if (sighting === undefined) return;
  send(Buffer.from(dnsFrame(sighting, { ...answer({ name: owner(0) }, []), answers })));
}

const isEverything = process.argv[2] !== "chains";
const [rounds, perRound] = isEverything ? [12, 24_000] : [8, 500];
for (let round = 0; round < rounds; round++) {
  for (let i = 0; i < perRound; i++) (isEverything ? sendEverything : sendChain)(round * perRound + i);
  // What is left of frames ends with their array buffers, which another thread gives back: after the first collection.
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  // External memory has that of array buffers in it.
  const { heapUsed, external } = process.memoryUsage();
  const { handshakes, exchanges } = sensor.counters();
  const open = { halfOpen: handshakes.halfOpen, open: exchanges.open };
  console.log(JSON.stringify({ megabytes: (heapUsed + external) / 1e6, ...facts, ...open }));
}
