import assert from "node:assert/strict";
import { test } from "node:test";
import type { Packet } from "dns-packet";
import { endpoint, FAMILIES, type Family, type Ports, sightings } from "../support/address-book.ts";
import { answer, NXDOMAIN, query, TRUNCATED } from "../support/dns-messages.ts";
import { dnsFrame, dnsTcpFrame } from "../support/frames.ts";
import { BEGIN_MICROS, MILLIS, SECONDS, SensorRun } from "../support/sensor-run.ts";

const ASKED = { name: "api.payments.example.com", id: 7 };
const RIGHT = ["198.51.100.7"];
const FORGED = ["198.51.100.66"];

function frames(path: string, message: Packet, family: Family = "IPv4", ports: Ports = {}, build = dnsFrame) {
  return sightings(path, family, ports).map((sighting) => build(sighting, message));
}

/** What each lookup says: whether its answer was asked for, whose it is, and what it names. */
function told(run: SensorRun) {
  return run.lookups.map(({ isAsked, client, addresses }) => [isAsked, client.address, addresses]);
}

interface Forgery {
  readonly name: string;
  readonly path: string;
  readonly id?: number;
  readonly ports?: Ports;
  readonly asks?: string;
}

/** X is an ordinary client that sends DNS answers; C has asked cluster DNS. */
const FORGERIES: readonly Forgery[] = [
  { name: "with the right id, from a wrong server", path: "in X>C; out X>C", ports: { X: 53 } },
  { name: "with the right id, from the server's address but another port", path: "in DNS>C", ports: { DNS: 5353 } },
  { name: "with a wrong id, from the right server", path: "in Core>C; out DNS>C", id: 8 },
  { name: "to another port of the client", path: "in Core>C; out DNS>C", ports: { C: 41_000 } },
  { name: "to another client", path: "in Core>S; out DNS>S" },
  { name: "to another question", path: "in X>C; out X>C", ports: { X: 53 }, asks: "other.example.com" },
];

for (const family of FAMILIES) {
  for (const { name, path, id = ASKED.id, ports = {}, asks = ASKED.name } of FORGERIES) {
    test(`an answer ${name} is asked by nobody and leaves the real one its place (${family})`, () => {
      const run = new SensorRun([53, 5353]).see(0, ...frames("in C>DNS; out C>Core", query(ASKED), family));
      const forged = { name: asks, id };
      run.see(MILLIS, ...frames(path, answer(forged, FORGED), family, ports));
      run.see(2 * MILLIS, ...frames("in Core>C; out DNS>C", answer(ASKED, RIGHT), family)).wait(10 * SECONDS);
      const [unasked, real] = told(run);
      assert.deepEqual([unasked?.[0], unasked?.[2]], [false, FORGED]);
      assert.deepEqual(real, [true, endpoint("C", family).address, RIGHT]);
      assert.equal(run.lookups.length, 2);
    });
  }
}

test("a forged failure, or a forged truncation, does not end the question that stands open", () => {
  for (const flags of [NXDOMAIN, TRUNCATED]) {
    const run = new SensorRun().see(0, ...frames("in C>DNS; out C>Core", query(ASKED)));
    run.see(MILLIS, ...frames("in X>C; out X>C", answer(ASKED, [], flags), "IPv4", { X: 53 }));
    run.see(60 * MILLIS, ...frames("in Core>C; out DNS>C", answer(ASKED, RIGHT))).finish();
    assert.deepEqual(
      run.lookups.map(({ isAsked, rcode, addresses }) => [isAsked, rcode, addresses]),
      [
        [false, flags === NXDOMAIN ? 3 : 0, []],
        [true, 0, RIGHT],
      ],
    );
  }
});

test("a forged answer over TCP, from another server than was asked over TCP, is asked by nobody", () => {
  const run = new SensorRun().see(0, ...frames("in C>DNS; out C>Core", query(ASKED), "IPv4", {}, dnsTcpFrame));
  run.see(MILLIS, ...frames("in X>C; out X>C", answer(ASKED, FORGED), "IPv4", { X: 53 }, dnsTcpFrame));
  run.see(2 * MILLIS, ...frames("in Core>C; out DNS>C", answer(ASKED, RIGHT), "IPv4", {}, dnsTcpFrame)).finish();
  assert.deepEqual(
    told(run),
    [
      [true, endpoint("C", "IPv4").address, RIGHT],
      [false, endpoint("C", "IPv4").address, FORGED],
    ].toReversed(),
  );
});

test("who let a colleague ask it once is asked by the colleague only", () => {
  // S asks X; then X sends the very same bytes to C, which has asked nothing.
  const run = new SensorRun().see(0, ...frames("in S>X; out S>X", query(ASKED), "IPv4", { X: 53 }));
  run.see(MILLIS, ...frames("in X>S; out X>S", answer(ASKED, FORGED), "IPv4", { X: 53 }));
  run.see(2 * MILLIS, ...frames("in X>C; out X>C", answer(ASKED, FORGED), "IPv4", { X: 53 })).finish();
  assert.deepEqual(told(run), [
    [true, endpoint("S", "IPv4").address, FORGED],
    [false, endpoint("C", "IPv4").address, FORGED],
  ]);
});

test("two that work together cannot pass an answer on as the copy of one that was asked for", () => {
  // S asks DNS; H repeats the answer to S, and then S to C: each step has an end in common with the one before.
  const run = new SensorRun().see(0, ...frames("in S>DNS; out S>Core", query(ASKED)));
  run.see(MILLIS, ...frames("in Core>S; out DNS>S", answer(ASKED, FORGED)));
  run.see(2 * MILLIS, ...frames("in H>S", answer(ASKED, FORGED), "IPv4", { H: 53 }));
  run.see(3 * MILLIS, ...frames("in S>C", answer(ASKED, FORGED), "IPv4", { S: 53 })).finish();
  const asked = told(run).filter(([isAsked]) => isAsked);
  assert.deepEqual(asked, [[true, endpoint("S", "IPv4").address, FORGED]]);
});

test("an answer sent in advance is not that of a question to somebody else, and is that of one to its sender", () => {
  for (const [server, isAsked] of [
    ["DNS", false],
    ["X", true],
  ] as const) {
    const run = new SensorRun().see(0, ...frames("in X>C", answer(ASKED, FORGED), "IPv4", { X: 53 }));
    run.see(20, ...frames(`in C>${server}`, query(ASKED), "IPv4", { X: 53 })).finish();
    assert.deepEqual(told(run), [[isAsked, endpoint("C", "IPv4").address, FORGED]]);
  }
});

test("a second, different answer of the server that was asked, just after the first, is asked for too", () => {
  const run = new SensorRun().see(0, ...frames("in C>DNS; out C>Core", query(ASKED)));
  run.see(MILLIS, ...frames("in Core>C; out DNS>C", answer(ASKED, RIGHT)));
  run.see(2 * MILLIS, ...frames("in Core>C; out DNS>C", answer(ASKED, ["198.51.100.8"]))).finish();
  assert.deepEqual(told(run), [
    [true, endpoint("C", "IPv4").address, RIGHT],
    [true, endpoint("C", "IPv4").address, ["198.51.100.8"]],
  ]);
  assert.equal(run.lookups[1]?.queryMicros, BEGIN_MICROS);
});

for (const lost of ["in C>DNS", "out C>Core", "in Core>C", "out DNS>C"]) {
  test(`a question whose sighting "${lost}" is lost has its answer all the same`, () => {
    const run = new SensorRun();
    const [asking, answering] = ["in C>DNS; out C>Core", "in Core>C; out DNS>C"].map((path) =>
      path.split("; ").filter((hop) => hop !== lost),
    );
    run.see(0, ...frames(asking?.join("; ") ?? "", query(ASKED)));
    run.see(MILLIS, ...frames(answering?.join("; ") ?? "", answer(ASKED, RIGHT))).finish();
    assert.deepEqual(
      told(run).filter(([isAsked]) => isAsked),
      [[true, endpoint("C", "IPv4").address, RIGHT]],
    );
  });
}

test("three servers asked at once from one port, each behind NAT, may each answer differently", () => {
  const servers = [
    ["DNS", "Core"],
    ["VIP", "S"],
    ["Up", "E"],
  ] as const;
  const ports = { VIP: 53, S: 53, E: 53 };
  const run = new SensorRun();
  for (const [i, [dialled, real]] of servers.entries()) {
    run.see(i * 100, ...frames(`in C>${dialled}; out C>${real}`, query(ASKED), "IPv4", ports));
  }
  for (const [i, [dialled, real]] of servers.entries()) {
    const message = answer(ASKED, [`198.51.100.${i}`]);
    run.see(MILLIS + i * 100, ...frames(`in ${real}>C; out ${dialled}>C`, message, "IPv4", ports));
  }
  run.finish();
  assert.deepEqual(
    told(run),
    [0, 1, 2].map((i) => [true, endpoint("C", "IPv4").address, [`198.51.100.${i}`]]),
  );
});

test("an answer of another server than was asked says whom the client had asked, for those who know Services", () => {
  // As where eBPF translates: the question shows the ClusterIP only, the answer the endpoint only.
  const run = new SensorRun().see(0, ...frames("in C>DNS", query(ASKED)));
  run.see(MILLIS, ...frames("in Core>C", answer(ASKED, RIGHT))).wait(MILLIS * 60);
  const [lookup] = run.lookups;
  assert.deepEqual(
    [lookup?.isAsked, lookup?.client, lookup?.resolver, lookup?.responder],
    [false, endpoint("C", "IPv4"), endpoint("DNS", "IPv4"), endpoint("Core", "IPv4")],
  );
});

test("an answer on its way to where the host had translated the question unseen is no unasked one", () => {
  // A host process asks a pod of its node: masqueraded before any interface, translated back behind the bridge.
  const run = new SensorRun().see(0, ...frames("out G>Core", query(ASKED)));
  run.see(MILLIS, ...frames("oth Core>G; in Core>N", answer(ASKED, RIGHT))).wait(5 * MILLIS);
  // Later than that, the same bytes to somebody else are nobody's.
  run.see(6 * MILLIS, ...frames("in Core>X", answer(ASKED, RIGHT)));
  assert.equal(run.counters.exchanges.answersWithoutQuery, 1);
  assert.deepEqual(told(run.finish()), [
    [true, endpoint("G", "IPv4").address, RIGHT],
    [false, endpoint("X", "IPv4").address, RIGHT],
  ]);
});

test("whom an earlier question went to is nobody that a later one was put to", () => {
  const run = new SensorRun();
  const others = ["DNS", "Core", "VIP", "S", "Up"] as const;
  const ports = { VIP: 53, S: 53 };
  for (const server of others) run.see(0, ...frames(`in C>${server}`, query(ASKED), "IPv4", ports));
  run.see(MILLIS, ...frames("in DNS>C", answer(ASKED, RIGHT))).wait(SECONDS);
  run.see(2 * SECONDS, ...frames("in C>DNS", query(ASKED)));
  run.see(2 * SECONDS + MILLIS, ...frames("in VIP>C", answer(ASKED, FORGED), "IPv4", ports)).wait(3 * SECONDS);
  assert.deepEqual(
    told(run).map(([isAsked]) => isAsked),
    [true, false],
  );
});

test("a question that was repeated is answered from its first asking on", () => {
  const run = new SensorRun().see(0, ...frames("in C>DNS", query(ASKED)));
  run.see(SECONDS, ...frames("in C>DNS", query(ASKED)));
  run.see(SECONDS + MILLIS, ...frames("in DNS>C", answer(ASKED, RIGHT))).finish();
  assert.deepEqual(
    run.lookups.map(({ queryMicros }) => queryMicros),
    [BEGIN_MICROS],
  );
});

test("the client of a masqueraded question is who sent it, also where the answer's last copy is lost", () => {
  const run = new SensorRun().see(0, ...frames("in C>Up; out N>Up", query(ASKED)));
  run.see(MILLIS, ...frames("in Up>N", answer(ASKED, RIGHT))).finish();
  assert.deepEqual(told(run), [[true, endpoint("C", "IPv4").address, RIGHT]]);
});

test("a flood of forged answers pushes out no question that stands open", () => {
  const run = new SensorRun().see(0, ...frames("in C>DNS; out C>Core", query(ASKED)));
  const forged = frames("in X>C", answer(ASKED, FORGED), "IPv4", { X: 53 })[0] ?? new Uint8Array();
  const idAt = 16 + 20 + 8;
  for (let id = 0; id < 40_000; id++) {
    forged[idAt] = id >>> 8;
    forged[idAt + 1] = id & 255;
    run.see(10 + id / 4_000, forged);
  }
  run.see(30 * MILLIS, ...frames("in Core>C; out DNS>C", answer(ASKED, RIGHT))).finish();
  assert.deepEqual(
    told(run).filter(([isAsked]) => isAsked),
    [[true, endpoint("C", "IPv4").address, RIGHT]],
  );
});
