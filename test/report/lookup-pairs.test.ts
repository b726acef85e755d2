import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Interaction, KnownFlow } from "../../src/model/interaction.ts";
import { LookupPairs } from "../../src/report/lookup-pairs.ts";

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;

function seen(
  evidence: Interaction["evidence"],
  outcome: Interaction["outcome"],
  timeMicros: number,
  server = "api.example.com",
): Interaction {
  return {
    timeMicros,
    evidence,
    outcome,
    errorType: outcome === "host_not_found" ? "host_not_found" : null,
    client: { type: "node", name: "worker-w" },
    server: { type: "external", name: server },
    name: server,
    canonicalName: null,
    dialled: null,
    clientAddress: null,
    serverAddress: null,
    durationMicros: 0,
    retries: 0,
    nameAgeMicros: null,
    clientRule: null,
    serverRule: null,
    clientPod: null,
    serverPod: null,
    dialledService: null,
    reporter: null,
  };
}

const connection = (time: number) => seen("handshake", "established", time);
const lookup = (time: number) => seen("lookup", "resolved", time);

test("every connection and every failed lookup becomes a pair", () => {
  const pairs = new LookupPairs();
  for (let i = 0; i < 10; i++) {
    assert.equal(pairs.admits(connection(i)), true);
    assert.equal(pairs.admits(seen("lookup", "host_not_found", i)), true);
  }
});

test("an edge without connections gets at most one lookup pair a minute", () => {
  const pairs = new LookupPairs();
  const admitted = [0, 1, 30, 59, 60, 61, 119, 120].map((second) => pairs.admits(lookup(second * SECOND)));
  assert.deepEqual(admitted, [true, false, false, false, true, false, false, true]);
});

test("a lookup is redundant for 5 minutes after a connection of its edge", () => {
  const pairs = new LookupPairs();
  pairs.admits(connection(0));
  assert.equal(pairs.admits(lookup(4 * MINUTE)), false);
  assert.equal(pairs.admits(lookup(5 * MINUTE)), true);
});

test("where the clock is set back, connections of the time that it showed before make no lookup redundant, later ones do", () => {
  const pairs = new LookupPairs();
  pairs.admits(connection(60 * MINUTE));
  assert.equal(pairs.admits(lookup(0)), true);
  pairs.admits(connection(2 * MINUTE));
  assert.equal(pairs.admits(lookup(3 * MINUTE)), false);
  // An attempt is decided minutes after its first packet: earlier ones come later.
  pairs.admits(connection(1 * MINUTE));
  assert.equal(pairs.admits(lookup(6.5 * MINUTE)), false);
  assert.equal(pairs.admits(lookup(7 * MINUTE)), true);
});

test("a failed connection makes a lookup redundant too", () => {
  const pairs = new LookupPairs();
  pairs.admits(seen("handshake", "refused", 0));
  assert.equal(pairs.admits(lookup(MINUTE)), false);
});

test("a connection of another edge does not make a lookup redundant", () => {
  const pairs = new LookupPairs();
  pairs.admits(seen("handshake", "established", 0, "other.example.com"));
  assert.equal(pairs.admits(lookup(SECOND)), true);
});

test("an edge in steady use is remembered through many generations", () => {
  const pairs = new LookupPairs();
  for (let minute = 0; minute < 60; minute++) {
    pairs.admits(connection(minute * MINUTE));
    assert.equal(pairs.admits(lookup(minute * MINUTE + SECOND)), false);
  }
});

test("memory stays bounded in a flood of new names", () => {
  const pairs = new LookupPairs({ connectionMemoryMicros: 300 * SECOND, intervalMicros: 60 * SECOND, maxEdges: 100 });
  for (let i = 0; i < 10_000; i++) {
    pairs.admits(seen("lookup", "resolved", i, `name-${i}.example.com`));
    assert.ok(pairs.size <= 200);
  }
});

test("edges without use are forgotten after at most twice the memory of connections", () => {
  const pairs = new LookupPairs();
  for (let i = 0; i < 100; i++) pairs.admits(seen("handshake", "established", i, `host-${i}.example.com`));
  pairs.admits(connection(5 * MINUTE));
  assert.equal(pairs.size, 101);
  pairs.admits(connection(10 * MINUTE));
  assert.equal(pairs.size, 1);
});

test("known flows change no verdict, whatever edges are forgotten for their number or age", () => {
  const servers = ["a.example.com", "b.example.com", "c.example.com"];
  const step = fc.record({
    afterMicros: fc.constantFrom(SECOND, 20 * SECOND, 3 * MINUTE, 6 * MINUTE),
    server: fc.constantFrom(...servers),
    isLookup: fc.boolean(),
    isInOther: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
      const limits = { connectionMemoryMicros: 5 * MINUTE, intervalMicros: MINUTE, maxEdges: 2 };
      const [plain, known] = [new LookupPairs(limits), new LookupPairs(limits)];
      const [plainOther, other] = [new LookupPairs(limits), new LookupPairs(limits)];
      const flows = new Map<string, KnownFlow>();
      let time = 0;
      for (const { afterMicros, server, isLookup, isInOther } of steps) {
        time += afterMicros;
        const one = isLookup
          ? seen("lookup", "resolved", time, server)
          : seen("handshake", "established", time, server);
        if (!flows.has(server)) flows.set(server, new KnownFlow());
        const withFlow = { ...one, flow: flows.get(server) ?? null };
        assert.equal(known.admits(withFlow), plain.admits(one));
        if (isInOther) assert.equal(other.admits(withFlow), plainOther.admits(one));
      }
    }),
  );
});
