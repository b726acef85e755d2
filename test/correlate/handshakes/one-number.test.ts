import assert from "node:assert/strict";
import { test } from "node:test";
import type { Connection, Endpoint } from "../../../src/model/connection.ts";
import { FAMILIES, type Family, type Sighting } from "../support/address-book.ts";
import { answerTo, Flags, type Segment, tcpFrame } from "../support/frames.ts";
import { SECONDS, SensorRun } from "../support/sensor-run.ts";

/** As in a scan that was made public: one source port and one sequence number for all targets. */
const TARGETS = 1_994;
const ISN = 1_234_567;

type End = (target: number, family: Family) => Endpoint;

const at =
  (v4: string, v6: string, port: number | null): End =>
  (target, family) => {
    const last = (0x1000 + target).toString(16);
    const address = family === "IPv4" ? `${v4}.${target >> 8}.${target & 255}` : `${v6}::${last}`;
    return { address, port: port ?? 20_000 + target };
  };
const fixed =
  (v4: string, v6: string, port: number | null): End =>
  (target, family) => ({ address: family === "IPv4" ? v4 : v6, port: port ?? 20_000 + target });

/** Who may stand in a path; those that end in a number from 20,000 on have another port for each target. */
const ENDS: Readonly<Record<string, End>> = {
  C: fixed("10.42.1.5", "fd42:1::5", 40_000),
  X: fixed("203.0.113.9", "2001:db8::9", 40_000),
  S: at("10.44", "fd44", 8080),
  V: at("10.96", "fd96", 80),
  N: fixed("192.168.1.11", "fd11::b", null),
  G: fixed("10.42.1.1", "fd42:1::1", null),
};

/** SLL packet types, and the hops that a packet has left there: a bridge leaves them as they are, a router does not. */
const PLACES: Readonly<Record<string, readonly [packetType: number, hops: number]>> = {
  in: [0, 64],
  oth: [3, 64],
  out: [4, 63],
  outBridged: [4, 64],
  unknown: [7, 64],
};

interface Way {
  readonly name: string;
  readonly syn: string;
  readonly answer: string;
}

const WAYS: readonly Way[] = [
  { name: "bridge, pods of the node", syn: "oth C>S; outBridged C>S", answer: "oth S>C; outBridged S>C" },
  { name: "bridge, Services", syn: "oth C>V; in C>S; out C>S", answer: "in S>C; out V>C; out V>C" },
  { name: "bridge, Services of the node's pods", syn: "oth C>V; outBridged C>S", answer: "oth S>C; outBridged V>C" },
  { name: "point-to-point, pods", syn: "in C>S; out C>S", answer: "in S>C; out S>C" },
  { name: "point-to-point, Services", syn: "in C>V; out C>S", answer: "in S>C; out V>C" },
  { name: "outside, masqueraded", syn: "in C>S; out N>S", answer: "in S>N; out S>C" },
  {
    name: "from outside to node ports, both ends translated",
    syn: "in X>N; out G>S",
    answer: "oth S>G; in S>X; out N>X",
  },
  { name: "Services, where answers lose their last copy", syn: "in C>V; out C>S", answer: "in S>C" },
  { name: "a process of the host", syn: "outBridged N>S", answer: "in S>N" },
  { name: "a capture of what comes in", syn: "in C>S", answer: "in S>C" },
  { name: "a capture that does not say which way frames went", syn: "unknown C>S", answer: "unknown S>C" },
];

function sightings(path: string, target: number, family: Family): (Sighting & { hops: number })[] {
  return path.split("; ").map((part) => {
    const [place = "", ends = ""] = part.split(" ");
    const [source = "", destination = ""] = ends.split(">");
    const [packetType, hops] = PLACES[place] ?? [0, 0];
    const end = (name: string) => (ENDS[name] as End)(target, family);
    return { packetType, hops, source: end(source), destination: end(destination) };
  });
}

const frames = (path: string, target: number, family: Family, segment: Segment): Uint8Array[] =>
  sightings(path, target, family).map((sighting) => tcpFrame(sighting, { ...segment, hops: sighting.hops }));

/** What must come of a target: every third answers, every third refuses, the others are silent. */
const fate = (target: number): "established" | "refused" | "timed_out" =>
  (["established", "refused", "timed_out"] as const)[target % 3] ?? "timed_out";

function expected({ syn }: Way, target: number, family: Family) {
  const tuples = sightings(syn, target, family).map(({ source, destination }) => ({ source, destination }));
  return { preNat: tuples[0], postNat: tuples.at(-1), outcome: fate(target) };
}

function assertAllReported(run: SensorRun, way: Way, family: Family): void {
  const key = ({ postNat }: Pick<Connection, "postNat">) =>
    `${postNat.destination.address} ${postNat.destination.port}`;
  const reported = new Map(run.connections.map((connection) => [key(connection), connection]));
  assert.equal(run.connections.length, TARGETS);
  for (let target = 0; target < TARGETS; target++) {
    const right = expected(way, target, family);
    const { preNat, postNat, outcome } = reported.get(key(right as Connection)) ?? {};
    assert.deepEqual({ preNat, postNat, outcome }, right, `target ${target}`);
  }
}

const answer = (way: Way, target: number, family: Family): Uint8Array[] => {
  if (fate(target) === "timed_out") return [];
  return frames(way.answer, target, family, answerTo(ISN, fate(target) === "refused" ? Flags.rstAck : Flags.synAck));
};

for (const family of FAMILIES) {
  for (const way of WAYS) {
    test(`C9 a scan with one port and one number is ${TARGETS} attempts, each with its own answer: ${way.name}, ${family}`, () => {
      // Tools that write their packets themselves give all of them one identification too.
      const syn = { flags: Flags.syn, sequence: ISN, id: 1, window: 1024 };
      const run = new SensorRun();
      for (let target = 0; target < TARGETS; target++) {
        run.see(target * 100, ...frames(way.syn, target, family, syn));
        if (target >= 5) run.see(target * 100 + 60, ...answer(way, target - 5, family));
      }
      for (let target = TARGETS - 5; target < TARGETS; target++) {
        run.see(TARGETS * 100 + target, ...answer(way, target, family));
      }
      run.wait(20 * SECONDS).finish();
      assertAllReported(run, way, family);
      const forms = new Set(way.syn.split("; ").map((part) => part.split(" ")[1])).size;
      assert.equal(run.counters.handshakes.natTuplesJoined, (forms - 1) * TARGETS);
      assert.ok(run.counters.handshakes.natTuplesRejected >= TARGETS / 2, "no SYN was rejected as a tuple after NAT");
    });
  }
}
for (const way of WAYS.filter(({ syn }) => syn.includes("; out"))) {
  test(`C9 the same with 64 packets per interrupt of the network card: ${way.name}`, () => {
    const syn = { flags: Flags.syn, sequence: ISN, id: 1, window: 1024 };
    const run = new SensorRun();
    for (let begin = 0; begin < TARGETS; begin += 64) {
      const batch = Array.from({ length: Math.min(64, TARGETS - begin) }, (_, i) => begin + i);
      const paths = batch.map((target) => frames(way.syn, target, "IPv4", syn));
      for (const hop of [0, 1]) run.see(begin * 100 + hop * 2_000, ...paths.map((path) => path[hop] as Uint8Array));
      for (const target of batch) run.see(begin * 100 + 4_000 + target - begin, ...answer(way, target, "IPv4"));
    }
    run.wait(20 * SECONDS).finish();
    assertAllReported(run, way, "IPv4");
  });
}
