// A host process and the DNS forwarder of its node ask the same at the same moment, with the same address.
import assert from "node:assert/strict";
import { test } from "node:test";
import { endpoint, FAMILIES, type Family, sightings } from "../support/address-book.ts";
import { answer, NXDOMAIN, query, SERVFAIL, TRUNCATED } from "../support/dns-messages.ts";
import { dnsFrame, dnsTcpFrame } from "../support/frames.ts";
import { MILLIS, SECONDS, SensorRun } from "../support/sensor-run.ts";

const NAME = "api.example.com";
const ADDRESSES = ["198.51.100.7"];
const OWN_PORT = 43_210;

/** Addresses and flags of an answer. */
type Reply = readonly [addresses: readonly string[], flags?: number];
const FOUND: Reply = [ADDRESSES];

/** The packets of one node around a node-local cache, which forwards over TCP. */
class Node {
  readonly run = new SensorRun();
  readonly #family: Family;

  constructor(family: Family = "IPv4") {
    this.#family = family;
  }

  /** A pod asks the cache. */
  asks(micros: number, id = 1, port = 40_000): this {
    return this.#see(micros, "oth C>Cache; in C>Cache", query({ name: NAME, id }), { C: port });
  }

  passesOn(micros: number, id = 1, port = 40_000, [addresses, flags] = FOUND): this {
    return this.#see(micros, "out Cache>C; out Cache>C", answer({ name: NAME, id }, addresses, flags), { C: port });
  }

  forwards(micros: number, id = 2, build = dnsTcpFrame): this {
    return this.#see(micros, "out F>Core", query({ name: NAME, id }), { F: 42_000 + id }, build);
  }

  forwarded(micros: number, id = 2, [addresses, flags] = FOUND, build = dnsTcpFrame): this {
    return this.#see(micros, "in Core>F", answer({ name: NAME, id }, addresses, flags), { F: 42_000 + id }, build);
  }

  /** A process of the host asks the cluster's DNS. */
  hostAsks(micros: number, from: "F" | "N" = "F"): this {
    return this.#see(micros, `out ${from}>Core`, query({ name: NAME, id: 3 }), { [from]: OWN_PORT });
  }

  hostGets(micros: number, to: "F" | "N" = "F", [addresses, flags] = FOUND): this {
    return this.#see(micros, `in Core>${to}`, answer({ name: NAME, id: 3 }, addresses, flags), { [to]: OWN_PORT });
  }

  /** Of the lookups of the host's addresses: those that count as forwarded, by their ports. */
  forwardedPorts(): number[] {
    this.run.wait(20 * SECONDS).finish();
    return this.run.lookups.filter(({ enclosingServer }) => enclosingServer !== null).map(({ client }) => client.port);
  }

  #see(
    micros: number,
    path: string,
    message: Parameters<typeof dnsFrame>[1],
    ports: Parameters<typeof sightings>[2],
    build = dnsFrame,
  ): this {
    this.run.see(micros, ...sightings(path, this.#family, ports).map((sighting) => build(sighting, message)));
    return this;
  }
}

for (const family of FAMILIES) {
  for (const from of ["F", "N"] as const) {
    const address = from === "F" ? "the forwarder's address" : "another address of the node";
    test(`D1 D7 a host process that asks from ${address} what a cache forwards at the same moment is a client (${family})`, () => {
      const orders: readonly ((node: Node) => Node)[] = [
        (node) => node.forwards(1_000).hostAsks(1_100, from).hostGets(1_400, from).forwarded(1_500),
        (node) => node.forwards(1_000).hostAsks(1_100, from).forwarded(1_400).hostGets(1_500, from),
        (node) => node.hostAsks(1_000, from).forwards(1_100).hostGets(1_400, from).forwarded(1_500),
        (node) => node.hostAsks(1_000, from).hostGets(1_200, from).forwards(1_300).forwarded(1_500),
        (node) => node.forwards(1_000).forwarded(1_200).hostAsks(1_300, from).hostGets(1_500, from),
      ];
      for (const order of orders) {
        const node = order(new Node(family).asks(0)).passesOn(1_600);
        assert.deepEqual(node.forwardedPorts(), []);
        const own = node.run.lookups.find(({ client }) => client.port === OWN_PORT);
        assert.equal(own?.client.address, endpoint(from, family).address);
      }
    });
  }
}

test("D1 D7 of the queries for a name that does not exist, as many count as host processes sent", () => {
  const none: Reply = [[], NXDOMAIN];
  const from = "F";
  const orders: readonly ((node: Node) => Node)[] = [
    (node) => node.forwards(1_000).hostAsks(1_100).hostGets(1_400, from, none).forwarded(1_500, 2, none),
    (node) => node.forwards(1_000).hostAsks(1_100).forwarded(1_400, 2, none).hostGets(1_500, from, none),
    (node) => node.hostAsks(1_000).hostGets(1_200, from, none).forwards(1_300).forwarded(1_500, 2, none),
    (node) => node.forwards(1_000).forwarded(1_200, 2, none).hostAsks(1_300).hostGets(1_500, from, none),
  ];
  for (const order of orders) {
    const one = order(new Node().asks(0)).passesOn(1_600, 1, 40_000, none);
    assert.equal(one.forwardedPorts().length, 1);
    const two = order(new Node().asks(0).asks(50, 8, 40_001).forwards(900, 4)).forwarded(1_550, 4, none);
    two.passesOn(1_600, 1, 40_000, none).passesOn(1_700, 8, 40_001, none);
    assert.equal(two.forwardedPorts().length, 2);
    assert.equal(two.run.lookups.filter(({ client }) => client.address === endpoint("F", "IPv4").address).length, 3);
  }
});

test("D1 D7 a pod that asks after a host process has the answer takes nothing from the process", () => {
  const none: Reply = [[], NXDOMAIN];
  const node = new Node().asks(0).forwards(100).hostAsks(200).hostGets(300, "F", none).forwarded(400, 2, none);
  node.asks(500, 8, 40_001).forwards(600, 4).forwarded(700, 4, none);
  node.passesOn(800, 1, 40_000, none).passesOn(900, 8, 40_001, none);
  assert.equal(node.forwardedPorts().length, 2);
});

test("D1 D7 a cache that two pods ask at the same moment has forwarded both", () => {
  const node = new Node().asks(0).asks(100, 8, 40_001).forwards(200).forwards(300, 4);
  node.forwarded(500).passesOn(600).forwarded(700, 4).passesOn(800, 8, 40_001);
  assert.deepEqual(node.forwardedPorts(), [42_002, 42_004]);
});

test("D1 D7 a cache that two pods ask at the same moment has forwarded both, in whatever order it gets the answers", () => {
  for (const [first, second] of [
    [2, 4],
    [4, 2],
  ] as const) {
    for (const isOlderFirst of [true, false]) {
      const node = new Node().asks(0).asks(100, 8, 40_001).forwards(200).forwards(300, 4).forwarded(500, first);
      if (isOlderFirst) node.passesOn(600).forwarded(700, second).passesOn(800, 8, 40_001);
      else node.passesOn(600, 8, 40_001).forwarded(700, second).passesOn(800);
      assert.deepEqual(node.forwardedPorts().toSorted(), [42_002, 42_004], `${first}, older first: ${isOlderFirst}`);
    }
  }
});

test("D1 D7 with two pods and a host process, all three may be the host process's", () => {
  const node = new Node().asks(0).asks(100, 8, 40_001).forwards(200).forwards(300, 4).hostAsks(400);
  node.forwarded(500).forwarded(600, 4).hostGets(700).passesOn(800).passesOn(900, 8, 40_001);
  assert.deepEqual(node.forwardedPorts(), []);
});

test("D1 D7 a question that a host process asks after the cache's answer changes nothing of what the cache forwarded", () => {
  const node = new Node().asks(0).forwards(200).forwarded(500).passesOn(600).hostAsks(900).hostGets(1_200);
  assert.deepEqual(node.forwardedPorts(), [42_002]);
});

test("D1 D7 a cache that passes an old answer on, long before the new one comes, has forwarded the question", () => {
  const node = new Node()
    .asks(0)
    .forwards(MILLIS)
    .passesOn(2 * MILLIS)
    .forwarded(100 * MILLIS);
  assert.deepEqual(node.forwardedPorts(), [42_002]);
});

test("D1 D7 exchanges that have ended do not count", () => {
  const node = new Node().asks(0).forwards(200).forwarded(500).passesOn(600);
  node.run.wait(60 * MILLIS);
  const at = 100 * MILLIS;
  node
    .asks(at, 8, 40_001)
    .forwards(at + 200, 4)
    .hostAsks(at + 300);
  node
    .forwarded(at + 500, 4)
    .hostGets(at + 600)
    .passesOn(at + 700, 8, 40_001);
  assert.deepEqual(node.forwardedPorts(), [42_002]);
});

test("D1 D7 a cache whose connection was closed under its question repeats it, and has forwarded both", () => {
  const node = new Node().asks(0).forwards(200).forwards(900, 4).forwarded(1_100, 4).passesOn(1_200);
  assert.deepEqual(node.forwardedPorts().toSorted(), [42_002, 42_004]);
});

test("D1 D7 a forwarder that repeats its question after an answer that is no use to it has forwarded both", () => {
  const useless: readonly Reply[] = [[[], TRUNCATED], [[], SERVFAIL], [[]]];
  for (const reply of useless) {
    const node = new Node().asks(0).forwards(200, 2, dnsFrame).forwarded(400, 2, reply, dnsFrame);
    node.forwards(500, 4).forwarded(700, 4).passesOn(800);
    assert.deepEqual(node.forwardedPorts(), [42_002, 42_004]);
  }
});

test("D1 D7 queries that pass through the node are not those of its host", () => {
  const ports = { X: 50_001 };
  const frames = (path: string, message: Parameters<typeof dnsFrame>[1], id: number) =>
    sightings(path, "IPv4", { X: ports.X + id }).map((sighting) => dnsFrame(sighting, message));
  const { run } = new Node().asks(0);
  for (const id of [5, 6]) run.see(id * 100, ...frames("in X>Core; out X>Core", query({ name: NAME, id }), id));
  for (const id of [5, 6])
    run.see(id * 200, ...frames("in Core>X; out Core>X", answer({ name: NAME, id }, ADDRESSES), id));
  run.see(
    2_000,
    ...sightings("out Cache>C", "IPv4").map((at) => dnsFrame(at, answer({ name: NAME, id: 1 }, ADDRESSES))),
  );
  run.finish();
  const passed = run.lookups.filter(({ client }) => client.address === endpoint("X", "IPv4").address);
  // Whose it is says the cluster: the address is not of this node.
  assert.deepEqual(
    passed.map(({ enclosingServer }) => enclosingServer),
    Array(2).fill(endpoint("Cache", "IPv4").address),
  );
});

test("D1 D7 while the cache has not passed an answer on, the lookup says that it may be a host process's", () => {
  const isKnown = (node: Node) => node.asks(0, 30, 40_030).passesOn(100, 30, 40_030);
  for (const [passedOn, mayBeOwn] of [
    [SECONDS + 3 * MILLIS, false],
    [SECONDS + 80 * MILLIS, true],
  ] as const) {
    const node = isKnown(new Node())
      .asks(SECONDS)
      .forwards(SECONDS + MILLIS)
      .forwarded(SECONDS + 2 * MILLIS);
    assert.deepEqual(node.passesOn(passedOn).forwardedPorts(), [42_002]);
    const lookup = node.run.lookups.find(({ enclosingServer }) => enclosingServer !== null);
    assert.equal(lookup?.mayBeOwn, mayBeOwn);
  }
});

test("D1 D7 the first question to a cache, which answers late, is unproven: only the cache's answer shows who asked", () => {
  const node = new Node()
    .asks(0)
    .forwards(MILLIS)
    .forwarded(2 * MILLIS)
    .passesOn(SECONDS);
  assert.deepEqual(node.forwardedPorts(), [42_002]);
  const lookup = node.run.lookups.find(({ client }) => client.port === 42_002);
  assert.deepEqual([lookup?.mayBeOwn, lookup?.isUnproven], [true, true]);
  const known = new Node()
    .asks(0, 30, 40_030)
    .passesOn(100, 30, 40_030)
    .asks(SECONDS)
    .forwards(SECONDS + MILLIS);
  known
    .forwarded(SECONDS + 2 * MILLIS)
    .passesOn(2 * SECONDS)
    .forwardedPorts();
  const later = known.run.lookups.find(({ client }) => client.port === 42_002);
  assert.deepEqual([later?.mayBeOwn, later?.isUnproven], [true, false]);
});

test("D1 D7 a query without an answer, and one from elsewhere, is its sender's if the server is unknown", () => {
  assert.deepEqual(new Node().asks(0).forwards(MILLIS).forwardedPorts(), []);
  const { run } = new Node().asks(0);
  const frames = (path: string, message: Parameters<typeof dnsFrame>[1]) =>
    sightings(path, "IPv4").map((sighting) => dnsFrame(sighting, message));
  run.see(MILLIS, ...frames("in X>Core; out X>Core", query({ name: NAME, id: 5 })));
  run.see(2 * MILLIS, ...frames("in Core>X; out Core>X", answer({ name: NAME, id: 5 }, ADDRESSES))).wait(20 * SECONDS);
  const lookup = run.lookups.find(({ client }) => client.address === endpoint("X", "IPv4").address);
  assert.deepEqual([lookup?.enclosingServer, lookup?.isUnproven], [null, false]);
});
