import assert from "node:assert/strict";
import { test } from "node:test";
import { sightings, tuple } from "../support/address-book.ts";
import { answerTo, Flags, type Segment, tcpFrame } from "../support/frames.ts";
import { BEGIN_MICROS, MILLIS, SECONDS, SensorRun } from "../support/sensor-run.ts";
import { FrameTemplate } from "../support/templates.ts";

const ISN = 77_000_000;

const frames = (path: string, segment: Segment): Uint8Array[] =>
  sightings(path, "IPv4").map((sighting) => tcpFrame(sighting, segment));
const syn = (path: string, id = 1): Uint8Array[] => frames(path, { flags: Flags.syn, sequence: ISN, id });
const answer = (path: string, flags?: number, sequence = 9): Uint8Array[] =>
  frames(path, { ...answerTo(ISN, flags), sequence });

/** `first last outcome` of each connection, sorted. */
const connectionsOf = (run: SensorRun): string[] => {
  run.wait(30 * SECONDS).finish();
  assert.equal(run.counters.handshakes.halfOpen, 0);
  const name = (text: string) => JSON.stringify(tuple(text, "IPv4"));
  const names = new Map(["C>VIP", "C>S", "C>E", "N>S", "C>Self"].map((text) => [name(text), text]));
  return run.connections
    .map(
      ({ preNat, postNat, outcome }) =>
        `${names.get(JSON.stringify(preNat))} ${names.get(JSON.stringify(postNat))} ${outcome}`,
    )
    .sort();
};

// A bridge uses the link-layer address of one of its ports: packets of that pod are incoming on the port and, after
// NAT, on the bridge, both times addressed to this host.
const PORT_WITH_BRIDGE_ADDRESS = "in C>VIP; in C>S; out C>S";

for (const [what, flags, outcome] of [
  ["established", Flags.synAck, "established"],
  ["refused", Flags.rstAck, "refused"],
] as const) {
  test(`C1 a SYN that is incoming twice, before and after a bridge's NAT, is one attempt that is ${what}`, () => {
    const run = new SensorRun().see(0, ...syn(PORT_WITH_BRIDGE_ADDRESS));
    run.see(MILLIS, ...answer("in S>C; out VIP>C; out VIP>C", flags));
    assert.deepEqual(connectionsOf(run), [`C>VIP C>S ${outcome}`]);
    assert.deepEqual([run.counters.handshakes.natTuplesJoined, run.counters.handshakes.natTuplesRejected], [1, 0]);
  });
}

test("C1 the same if the answer before NAT is lost, and if the source is translated too", () => {
  const lost = new SensorRun().see(0, ...syn(PORT_WITH_BRIDGE_ADDRESS)).see(MILLIS, ...answer("out VIP>C"));
  assert.deepEqual(connectionsOf(lost), ["C>VIP C>S established"]);
  const masqueraded = new SensorRun().see(0, ...syn("in C>VIP; in C>S; out N>S"));
  masqueraded.see(MILLIS, ...answer("in S>N; in S>C; out VIP>C"));
  assert.deepEqual(connectionsOf(masqueraded), ["C>VIP N>S established"]);
});

test("C2 the same without an answer is one attempt, reported as repeating with the tuples before and after NAT", () => {
  const run = new SensorRun();
  for (const [i, second] of [0, 1, 3].entries()) run.see(second * SECONDS, ...syn(PORT_WITH_BRIDGE_ADDRESS, 5 + i));
  assert.deepEqual(connectionsOf(run), ["C>VIP C>S timed_out"]);
  assert.equal(run.connections[0]?.retries, 2);
  assert.deepEqual(
    run.repeating.map(({ preNat, postNat }) => [preNat, postNat]),
    [[tuple("C>VIP", "IPv4"), tuple("C>S", "IPv4")]],
  );
});

test("C2 a SYN that is incoming twice and then dropped is one attempt once both are retransmitted", () => {
  const run = new SensorRun();
  for (const [i, second] of [0, 1, 3].entries()) run.see(second * SECONDS, ...syn("in C>VIP; in C>S", 5 + i));
  assert.deepEqual(connectionsOf(run), ["C>VIP C>S timed_out"]);
  const tool = new SensorRun();
  for (const second of [0, 1, 3]) tool.see(second * SECONDS, ...syn("in C>S; in C>E", 5));
  assert.deepEqual(
    connectionsOf(tool),
    ["C>E C>E timed_out", "C>S C>S timed_out"],
    "a packet generator that repeats two SYNs",
  );
});

test("C1 in a capture without directions the answers show which SYNs are one: the same answer, before and after NAT", () => {
  const run = new SensorRun().see(0, ...syn("unknown C>VIP; unknown C>S"));
  run.see(MILLIS, ...answer("unknown S>C; unknown VIP>C"));
  assert.deepEqual(connectionsOf(run), ["C>VIP C>S established"]);
});

/** Two SYNs of a packet generator, with one port, number and identification, to two servers, and their answers. */
const TWO: readonly [string, string, readonly (readonly [string, number?, number?])[], string[]][] = [
  ["the first answers", "C>S C>E", [["S>C"]], ["C>E C>E timed_out", "C>S C>S established"]],
  ["the second answers", "C>S C>E", [["E>C"]], ["C>E C>E established", "C>S C>S timed_out"]],
  ["both answer in order", "C>S C>E", [["S>C"], ["E>C"]], ["C>E C>E established", "C>S C>S established"]],
  [
    "both answer in reverse order",
    "C>S C>E",
    [["E>C", Flags.synAck, 1], ["S>C"]],
    ["C>E C>E established", "C>S C>S established"],
  ],
  ["one refuses", "C>S C>E", [["E>C", Flags.rstAck], ["S>C"]], ["C>E C>E refused", "C>S C>S established"]],
  ["neither answers", "C>S C>E", [], ["C>E C>E timed_out", "C>S C>S timed_out"]],
];

for (const [what, path, answers, right] of TWO) {
  for (const place of ["in", "unknown", "out"]) {
    test(`C9 two servers with one port and number are two attempts if ${what} (frames ${place})`, () => {
      const [one = "", other = ""] = path.split(" ");
      const run = new SensorRun().see(0, ...syn(`${place} ${one}`)).see(50, ...syn(`${place} ${other}`));
      const back = place === "out" ? "in" : place;
      for (const [i, [ends, flags, sequence]] of answers.entries()) {
        run.see(300 + 40 * i, ...answer(`${back} ${ends}`, flags, sequence));
      }
      assert.deepEqual(connectionsOf(run), right);
      assert.deepEqual([run.counters.handshakes.natTuplesJoined, run.counters.handshakes.natTuplesRejected], [0, 1]);
    });
  }
}

test("C9 an answer that is forwarded without NAT belongs to the second server, even if only that SYN left the node", () => {
  const run = new SensorRun().see(0, ...syn("in C>S")).see(50, ...syn("in C>E; out C>E"));
  run.see(MILLIS, ...answer("in E>C; out E>C"));
  assert.deepEqual(connectionsOf(run), ["C>E C>E established", "C>S C>S timed_out"]);
});

test("C9 a first SYN that is forwarded unchanged was not translated", () => {
  const run = new SensorRun()
    .see(0, ...syn("in C>S"))
    .see(50, ...syn("in C>E"))
    .see(90, ...syn("out C>S"));
  run.see(MILLIS, ...answer("in E>C; out E>C"));
  assert.deepEqual(connectionsOf(run), ["C>E C>E established", "C>S C>S timed_out"]);
});

test("C9 a third SYN shows that an ambiguous pair is two attempts", () => {
  const run = new SensorRun()
    .see(0, ...syn("in C>S"))
    .see(50, ...syn("in C>E"))
    .see(100, ...syn("in C>Self"));
  run.see(200, ...syn("out C>E"));
  assert.deepEqual(connectionsOf(run), ["C>E C>E timed_out", "C>S C>S timed_out", "C>Self C>Self timed_out"]);
});

test("C9 two SYNs that are forwarded unchanged were not translated", () => {
  const run = new SensorRun().see(0, ...syn("in C>S")).see(50, ...syn("in C>E"));
  run.see(90, ...syn("out C>S")).see(99, ...syn("out C>E"));
  assert.deepEqual(connectionsOf(run), ["C>E C>E timed_out", "C>S C>S timed_out"]);
});

test("C9 each SYN of a slow scan is an attempt, though each pair of neighbours is ambiguous", () => {
  const run = new SensorRun();
  for (const [i, ends] of ["C>S", "C>E", "C>Self", "C>VIP"].entries()) run.see(i * 15 * MILLIS, ...syn(`in ${ends}`));
  run.see(45 * MILLIS + 20, ...syn("out C>VIP"));
  const right = ["C>E C>E timed_out", "C>S C>S timed_out", "C>Self C>Self timed_out", "C>VIP C>VIP timed_out"];
  assert.deepEqual(connectionsOf(run), right);
});

test("C9 answers with one sequence number more than 20 ms apart are from two servers", () => {
  const run = new SensorRun().see(0, ...syn("unknown C>S")).see(50, ...syn("unknown C>E"));
  run.see(MILLIS, ...answer("unknown E>C")).see(22 * MILLIS, ...answer("unknown S>C"));
  assert.deepEqual(connectionsOf(run), ["C>E C>E established", "C>S C>S established"]);
});

test("C2 a retransmission shows a tuple that was lost before; a generator's new SYN before a retransmission is its own attempt", () => {
  const run = new SensorRun().see(0, ...syn("in C>S; out C>S", 5)).see(SECONDS, ...syn("in C>VIP; in C>S; out C>S", 6));
  assert.deepEqual(connectionsOf(run), ["C>VIP C>S timed_out"]);
  assert.equal(run.connections[0]?.retries, 1);
  const tool = new SensorRun().see(0, ...syn("in C>S", 5)).see(SECONDS, ...syn("in C>E", 5), ...syn("in C>S", 5));
  assert.deepEqual(connectionsOf(tool), ["C>E C>E timed_out", "C>S C>S timed_out"]);
});

test("C5 a SYN that evicts its candidate before NAT from a full table is its own attempt", () => {
  const run = new SensorRun().see(0, ...syn("in C>S"));
  const [other] = frames("in X>NP", { flags: Flags.syn });
  assert.ok(other);
  const template = new FrameTemplate(other);
  for (let i = 1; i < 65_536; i++) {
    run.sensor.packet(
      template
        .setSource(i, i & 0xffff)
        .setSequence(i)
        .at(BEGIN_MICROS + 1 + (i >> 6)),
    );
  }
  run.see(2 * MILLIS, ...syn("in C>E; out C>E"));
  const { halfOpenEvicted, natTuplesJoined, natTuplesRejected } = run.counters.handshakes;
  assert.deepEqual([halfOpenEvicted, natTuplesJoined, natTuplesRejected], [1, 0, 1]);
  run.wait(30 * SECONDS).finish();
  assert.deepEqual([run.counters.handshakes.halfOpen, run.connections.length], [0, 65_536]);
  assert.deepEqual(run.connections.at(-1)?.postNat, tuple("C>E", "IPv4"));
});
