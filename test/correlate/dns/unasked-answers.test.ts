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

/** Of each lookup: whether the client queried the responder, the client, and the addresses. */
function lookupsOf(run: SensorRun) {
  return run.lookups.map(({ isAsked, client, addresses }) => [isAsked, client.address, addresses]);
}

interface Forgery {
  readonly name: string;
  readonly path: string;
  readonly id?: number;
  readonly ports?: Ports;
  readonly queried?: string;
}

/** X is a client that sends DNS answers; C has sent a query to cluster DNS. */
const FORGERIES: readonly Forgery[] = [
  { name: "with the right id, from a wrong server", path: "in X>C; out X>C", ports: { X: 53 } },
  { name: "with the right id, from the server's address but another port", path: "in DNS>C", ports: { DNS: 5353 } },
  { name: "with a wrong id, from the right server", path: "in Core>C; out DNS>C", id: 8 },
  { name: "to another port of the client", path: "in Core>C; out DNS>C", ports: { C: 41_000 } },
  { name: "to another client", path: "in Core>S; out DNS>S" },
  { name: "to another question", path: "in X>C; out X>C", ports: { X: 53 }, queried: "other.example.com" },
];

for (const family of FAMILIES) {
  for (const { name, path, id = ASKED.id, ports = {}, queried = ASKED.name } of FORGERIES) {
    test(`an answer ${name} is unasked and leaves the query open for the real one (${family})`, () => {
      const run = new SensorRun([53, 5353]).see(0, ...frames("in C>DNS; out C>Core", query(ASKED), family));
      const forged = { name: queried, id };
      run.see(MILLIS, ...frames(path, answer(forged, FORGED), family, ports));
      run.see(2 * MILLIS, ...frames("in Core>C; out DNS>C", answer(ASKED, RIGHT), family)).wait(10 * SECONDS);
      const [unasked, real] = lookupsOf(run);
      assert.deepEqual([unasked?.[0], unasked?.[2]], [false, FORGED]);
      assert.deepEqual(real, [true, endpoint("C", family).address, RIGHT]);
      assert.equal(run.lookups.length, 2);
    });
  }
}

test("a forged failure, or a forged truncation, does not end the open query", () => {
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

test("a forged answer over TCP, from a server that the client did not query, is unasked", () => {
  const run = new SensorRun().see(0, ...frames("in C>DNS; out C>Core", query(ASKED), "IPv4", {}, dnsTcpFrame));
  run.see(MILLIS, ...frames("in X>C; out X>C", answer(ASKED, FORGED), "IPv4", { X: 53 }, dnsTcpFrame));
  run.see(2 * MILLIS, ...frames("in Core>C; out DNS>C", answer(ASKED, RIGHT), "IPv4", {}, dnsTcpFrame)).finish();
  assert.deepEqual(
    lookupsOf(run),
    [
      [true, endpoint("C", "IPv4").address, RIGHT],
      [false, endpoint("C", "IPv4").address, FORGED],
    ].toReversed(),
  );
});

test("an answer to one client's query is unasked for any other client", () => {
  // S queries X; then X sends the very same bytes to C, which sent no query.
  const run = new SensorRun().see(0, ...frames("in S>X; out S>X", query(ASKED), "IPv4", { X: 53 }));
  run.see(MILLIS, ...frames("in X>S; out X>S", answer(ASKED, FORGED), "IPv4", { X: 53 }));
  run.see(2 * MILLIS, ...frames("in X>C; out X>C", answer(ASKED, FORGED), "IPv4", { X: 53 })).finish();
  assert.deepEqual(lookupsOf(run), [
    [true, endpoint("S", "IPv4").address, FORGED],
    [false, endpoint("C", "IPv4").address, FORGED],
  ]);
});

test("two colluding hosts cannot forward an answer as a further sighting of another", () => {
  // S queries DNS; H repeats the answer to S, and then S to C: each step shares an endpoint with the one before.
  const run = new SensorRun().see(0, ...frames("in S>DNS; out S>Core", query(ASKED)));
  run.see(MILLIS, ...frames("in Core>S; out DNS>S", answer(ASKED, FORGED)));
  run.see(2 * MILLIS, ...frames("in H>S", answer(ASKED, FORGED), "IPv4", { H: 53 }));
  run.see(3 * MILLIS, ...frames("in S>C", answer(ASKED, FORGED), "IPv4", { S: 53 })).finish();
  const asked = lookupsOf(run).filter(([isAsked]) => isAsked);
  assert.deepEqual(asked, [[true, endpoint("S", "IPv4").address, FORGED]]);
});

test("an answer sent before the query belongs to a query to its sender, and to no other", () => {
  for (const [server, isAsked] of [
    ["DNS", false],
    ["X", true],
  ] as const) {
    const run = new SensorRun().see(0, ...frames("in X>C", answer(ASKED, FORGED), "IPv4", { X: 53 }));
    run.see(20, ...frames(`in C>${server}`, query(ASKED), "IPv4", { X: 53 })).finish();
    assert.deepEqual(lookupsOf(run), [[isAsked, endpoint("C", "IPv4").address, FORGED]]);
  }
});

test("a second, different answer of the queried server, just after the first, is asked too", () => {
  const run = new SensorRun().see(0, ...frames("in C>DNS; out C>Core", query(ASKED)));
  run.see(MILLIS, ...frames("in Core>C; out DNS>C", answer(ASKED, RIGHT)));
  run.see(2 * MILLIS, ...frames("in Core>C; out DNS>C", answer(ASKED, ["198.51.100.8"]))).finish();
  assert.deepEqual(lookupsOf(run), [
    [true, endpoint("C", "IPv4").address, RIGHT],
    [true, endpoint("C", "IPv4").address, ["198.51.100.8"]],
  ]);
  assert.equal(run.lookups[1]?.queryMicros, BEGIN_MICROS);
});

for (const lost of ["in C>DNS", "out C>Core", "in Core>C", "out DNS>C"]) {
  test(`a query without the sighting "${lost}" still gets its answer`, () => {
    const run = new SensorRun();
    const [asking, answering] = ["in C>DNS; out C>Core", "in Core>C; out DNS>C"].map((path) =>
      path.split("; ").filter((hop) => hop !== lost),
    );
    run.see(0, ...frames(asking?.join("; ") ?? "", query(ASKED)));
    run.see(MILLIS, ...frames(answering?.join("; ") ?? "", answer(ASKED, RIGHT))).finish();
    assert.deepEqual(
      lookupsOf(run).filter(([isAsked]) => isAsked),
      [[true, endpoint("C", "IPv4").address, RIGHT]],
    );
  });
}

test("three servers queried at once from one port, each behind NAT, may each answer differently", () => {
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
    lookupsOf(run),
    [0, 1, 2].map((i) => [true, endpoint("C", "IPv4").address, [`198.51.100.${i}`]]),
  );
});

test("an answer of a server that was not queried carries the queried address, which a Service may translate", () => {
  // As with NAT in eBPF: the query shows only the ClusterIP, the answer only the endpoint.
  const run = new SensorRun().see(0, ...frames("in C>DNS", query(ASKED)));
  run.see(MILLIS, ...frames("in Core>C", answer(ASKED, RIGHT))).wait(MILLIS * 60);
  const [lookup] = run.lookups;
  assert.deepEqual(
    [lookup?.isAsked, lookup?.client, lookup?.resolver, lookup?.responder],
    [false, endpoint("C", "IPv4"), endpoint("DNS", "IPv4"), endpoint("Core", "IPv4")],
  );
});

test("an answer in transit to an address that the host translated before any interface is not unasked", () => {
  // A host process queries a pod of its node: masqueraded before any interface, translated back behind the bridge.
  const run = new SensorRun().see(0, ...frames("out G>Core", query(ASKED)));
  run.see(MILLIS, ...frames("oth Core>G; in Core>N", answer(ASKED, RIGHT))).wait(5 * MILLIS);
  // Later, the same bytes to another host are unasked.
  run.see(6 * MILLIS, ...frames("in Core>X", answer(ASKED, RIGHT)));
  assert.equal(run.counters.exchanges.answersWithoutQuery, 1);
  assert.deepEqual(lookupsOf(run.finish()), [
    [true, endpoint("G", "IPv4").address, RIGHT],
    [false, endpoint("X", "IPv4").address, RIGHT],
  ]);
});

test("the server of an earlier query is not a server of a later one", () => {
  const run = new SensorRun();
  const others = ["DNS", "Core", "VIP", "S", "Up"] as const;
  const ports = { VIP: 53, S: 53 };
  for (const server of others) run.see(0, ...frames(`in C>${server}`, query(ASKED), "IPv4", ports));
  run.see(MILLIS, ...frames("in DNS>C", answer(ASKED, RIGHT))).wait(SECONDS);
  run.see(2 * SECONDS, ...frames("in C>DNS", query(ASKED)));
  run.see(2 * SECONDS + MILLIS, ...frames("in VIP>C", answer(ASKED, FORGED), "IPv4", ports)).wait(3 * SECONDS);
  assert.deepEqual(
    lookupsOf(run).map(([isAsked]) => isAsked),
    [true, false],
  );
});

test("a retransmitted query starts with its first transmission", () => {
  const run = new SensorRun().see(0, ...frames("in C>DNS", query(ASKED)));
  run.see(SECONDS, ...frames("in C>DNS", query(ASKED)));
  run.see(SECONDS + MILLIS, ...frames("in DNS>C", answer(ASKED, RIGHT))).finish();
  assert.deepEqual(
    run.lookups.map(({ queryMicros }) => queryMicros),
    [BEGIN_MICROS],
  );
});

test("the client of a masqueraded query is its sender, also if the answer's last sighting is lost", () => {
  const run = new SensorRun().see(0, ...frames("in C>Up; out N>Up", query(ASKED)));
  run.see(MILLIS, ...frames("in Up>N", answer(ASKED, RIGHT))).finish();
  assert.deepEqual(lookupsOf(run), [[true, endpoint("C", "IPv4").address, RIGHT]]);
});

test("a flood of forged answers evicts no open query", () => {
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
    lookupsOf(run).filter(([isAsked]) => isAsked),
    [[true, endpoint("C", "IPv4").address, RIGHT]],
  );
});
