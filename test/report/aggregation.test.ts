import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Interaction } from "../../src/model/interaction.ts";
import { Aggregation } from "../../src/report/aggregation.ts";
import { edgeKey } from "../../src/report/edge-key.ts";
import {
  interaction,
  interactionArbitrary,
  refused,
  SAMPLE_MICROS,
  workload,
} from "../export/support/sample-interactions.ts";

const SECOND = 1_000_000;

interface Pair {
  readonly interaction: Interaction;
  readonly count: number;
}

function aggregation(maxGroups?: number): { aggregation: Aggregation; pairs: Pair[] } {
  const pairs: Pair[] = [];
  const made = new Aggregation((one, count) => pairs.push({ interaction: one, count }), maxGroups);
  return { aggregation: made, pairs };
}

function aggregated(interactions: readonly Interaction[]): Pair[] {
  const { aggregation: made, pairs } = aggregation();
  for (const one of interactions) made.add(one);
  made.finish();
  return pairs;
}

const endpoint = (address: string, port: number) => ({ address, port });

test("a single connection is unchanged", () => {
  const one = interaction({ retries: 2, canonicalName: "edge.example.net" });
  assert.deepEqual(aggregated([one]), [{ interaction: one, count: 1 }]);
});

test("like connections are one pair with the time of the latest, the mean duration, and null in fields that differ", () => {
  const pairs = aggregated([
    interaction({ timeMicros: 10, durationMicros: 300, clientAddress: endpoint("10.42.2.23", 40_001) }),
    interaction({ timeMicros: 30, durationMicros: 500, clientAddress: endpoint("10.42.2.23", 40_002) }),
    interaction({ timeMicros: 20, durationMicros: 400, nameAgeMicros: 5 }),
  ]);
  const common = { timeMicros: 30, durationMicros: 400, clientAddress: null, nameAgeMicros: null };
  assert.deepEqual(pairs, [{ interaction: interaction(common), count: 3 }]);
});

test("a pair of connections of several pods, Services and rules has none of them", () => {
  const one = interaction({
    clientRule: "pod",
    serverRule: "pod",
    clientPod: "orders-1",
    serverPod: "profile-1",
    dialledService: "media/profile",
  });
  assert.deepEqual(aggregated([one, one]), [{ interaction: one, count: 2 }]);
  const others = {
    clientPod: "orders-2",
    serverPod: "profile-2",
    serverRule: "service",
    dialledService: null,
  } as const;
  const none = { clientPod: null, serverPod: null, serverRule: null, dialledService: null };
  assert.deepEqual(aggregated([one, { ...one, ...others }]), [{ interaction: { ...one, ...none }, count: 2 }]);
});

const differences: { what: string; change: Partial<Interaction> }[] = [
  { what: "the client", change: { client: workload("cart") } },
  { what: "the server", change: { server: workload("profile", "shop") } },
  { what: "the outcome", change: { outcome: "timed_out", errorType: "timed_out" } },
  { what: "the evidence", change: { evidence: "lookup", outcome: "resolved" } },
  { what: "the name", change: { name: "profile.media.svc.cluster.local" } },
  { what: "the dialed port", change: { dialled: endpoint("10.96.0.43", 9001) } },
  { what: "the SYN retransmissions", change: { retries: 1 } },
  { what: "a handshake of another power of two", change: { durationMicros: 5_000 } },
];

for (const { what, change } of differences) {
  test(`interactions that differ in ${what} are separate pairs`, () => {
    assert.deepEqual(
      aggregated([interaction(), interaction(change), interaction()]).map(({ count }) => count),
      [2, 1],
    );
  });
}

test("failures of different error types are separate pairs", () => {
  const unreachable = (errorType: Interaction["errorType"]) => refused({ outcome: "unreachable", errorType });
  const pairs = aggregated([unreachable("host_unreachable"), unreachable("network_unreachable")]);
  assert.deepEqual(
    pairs.map(({ interaction: { errorType } }) => errorType),
    ["host_unreachable", "network_unreachable"],
  );
});

test("a pair is made 5 s after the first of its connections, for each edge separately", () => {
  const { aggregation: made, pairs } = aggregation();
  made.advance(SAMPLE_MICROS);
  made.add(interaction());
  made.advance(SAMPLE_MICROS + 2 * SECOND);
  made.add(interaction());
  made.add(interaction({ client: workload("cart") }));
  made.advance(SAMPLE_MICROS + 5 * SECOND - 1);
  assert.equal(pairs.length, 0);
  made.advance(SAMPLE_MICROS + 5 * SECOND);
  assert.deepEqual([pairs.map(({ count }) => count), made.size], [[2], 1]);
  made.advance(SAMPLE_MICROS + 7 * SECOND);
  assert.deepEqual([pairs.map(({ count }) => count), made.size], [[2, 1], 0]);
});

test("a clock that is set back closes all groups", () => {
  const { aggregation: made, pairs } = aggregation();
  made.advance(SAMPLE_MICROS);
  made.add(interaction());
  made.advance(SAMPLE_MICROS - 3_600 * SECOND);
  assert.equal(pairs.length, 1);
});

test("beyond its capacity the oldest groups are closed early, and nothing is lost", () => {
  const { aggregation: made, pairs } = aggregation(100);
  for (let i = 0; i < 1_000; i++) {
    made.add(interaction({ client: workload(`job-${i}`) }));
    assert.ok(made.size <= 100);
  }
  made.finish();
  assert.equal(pairs.length, 1_000);
});

test("for any interactions, counts and sums of durations by edge and outcome are those of the connections", () => {
  const few = fc.constantFrom(workload("a"), workload("b"), { type: "external", name: "x" } as const);
  const any = fc
    .tuple(interactionArbitrary, few, few, fc.integer({ min: 0, max: 4_000 }))
    .map(([one, client, server, durationMicros]) => ({ ...one, client, server, durationMicros }));
  const sums = (pairs: readonly Pair[]) => {
    const byKind = new Map<string, { count: number; micros: number }>();
    for (const { interaction: one, count } of pairs) {
      const key = `${edgeKey(one.client, one.server)} ${one.outcome}`;
      const sum = byKind.get(key) ?? { count: 0, micros: 0 };
      byKind.set(key, { count: sum.count + count, micros: sum.micros + one.durationMicros * count });
    }
    return [...byKind].map(([key, { count, micros }]) => [key, count, Math.round(micros * 1e3)]).sort();
  };
  fc.assert(
    fc.property(fc.array(any, { maxLength: 40 }), (interactions) => {
      const single = interactions.map((one) => ({ interaction: one, count: 1 }));
      assert.deepEqual(sums(aggregated(interactions)), sums(single));
    }),
  );
});
