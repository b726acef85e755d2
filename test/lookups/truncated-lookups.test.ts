import assert from "node:assert/strict";
import { test } from "node:test";
import { micros, pod, threeNodes } from "../support/cluster/cluster-objects.ts";
import {
  connection,
  type Fact,
  type LookupOptions,
  lineOf,
  lines,
  lookup,
  pipelineOf,
  reported,
} from "../support/cluster/watched-cluster.ts";

const WEB = "10.244.1.5";
const here = {
  objects: [...threeNodes(), pod("shop/web", { ip: WEB }), pod("shop/other", { ip: "10.244.1.7" })],
  node: "a",
};
const NAME = "many.example.com";

const query = (at: number, options: Partial<LookupOptions>): Fact => lookup({ at, from: WEB, name: NAME, ...options });
/** A truncated answer with one complete record. */
const truncated = (at: number, options: Partial<LookupOptions> = {}): Fact =>
  query(at, { to: ["203.0.113.1"], isTruncated: true, ...options });
const dial = (at: number, to: string, more: object = {}): Fact => connection({ at, from: WEB, to, ...more });

interface TruncatedCase {
  readonly title: string;
  readonly facts: readonly Fact[];
  readonly expect: readonly string[];
}

const FAILED = `shop/web -> external:${NAME} try_again ${NAME}`;
const RESOLVED = `shop/web -> external:${NAME} resolved ${NAME}`;
const CONNECTED = `shop/web -> external:${NAME} established ${NAME}`;
const NO_ADDRESS = { type: "AAAA", to: [] } as const;

const CASES: readonly TruncatedCase[] = [
  { title: "nothing", facts: [truncated(1)], expect: [FAILED] },
  { title: "nothing, without a complete record", facts: [truncated(1, { to: [] })], expect: [FAILED] },
  {
    title: "nothing for A, and no address for AAAA, before it or after it",
    facts: [query(1, NO_ADDRESS), truncated(1.0001), query(20, NO_ADDRESS), truncated(19.9999)],
    expect: [FAILED, FAILED],
  },
  { title: "nothing for A nor AAAA", facts: [truncated(1), truncated(1.0001, { type: "AAAA" })], expect: [FAILED] },
  {
    title: "retries of the resolver for 9 s",
    facts: [1, 2, 4, 7, 9].map((at) => truncated(at)),
    expect: [FAILED],
  },
  {
    title: "another truncated answer half a minute later",
    facts: [truncated(1), truncated(31)],
    expect: [FAILED, FAILED],
  },
  {
    title: "SERVFAIL over TCP, and no answer",
    facts: [truncated(1), query(1.01, { rcode: 2 }), query(3, { rcode: null })],
    expect: [FAILED],
  },
  {
    title: "NXDOMAIN for the search path before it, and nothing",
    facts: [
      ...["shop.svc.cluster.local", "svc.cluster.local"].map((end, i) =>
        query(1 + i / 100, { name: `${NAME}.${end}`, rcode: 3 }),
      ),
      truncated(1.03),
    ],
    expect: [FAILED],
  },
  {
    title: "a complete answer over TCP without a connection",
    facts: [truncated(1), query(1.01, { to: ["203.0.113.1", "203.0.113.9"] })],
    expect: [RESOLVED],
  },
  {
    title: "a complete answer over TCP, 4 s later, and a connection",
    facts: [truncated(1), query(5, { to: ["203.0.113.9"] }), dial(5.1, "203.0.113.9")],
    expect: [CONNECTED],
  },
  {
    title: "a complete answer over TCP without any address",
    facts: [truncated(1, { to: [] }), query(1.01, { to: [] })],
    expect: [],
  },
  {
    title: "a complete answer for AAAA, before it or after it",
    facts: [
      truncated(1),
      query(1.0001, { type: "AAAA", to: ["2001:db8::9"] }),
      query(29.9999, { type: "AAAA", to: ["2001:db8::9"] }),
      truncated(30),
    ],
    expect: [RESOLVED, RESOLVED],
  },
  {
    title: "a connection to an address of its complete record",
    facts: [truncated(1), dial(1.01, "203.0.113.1")],
    expect: [CONNECTED],
  },
  {
    title: "a connection to an address of its complete record, which times out without a retransmission",
    facts: [truncated(1), dial(5.9, "203.0.113.1", { outcome: "timed_out" })],
    expect: [`shop/web -> external:${NAME} timed_out ${NAME}`],
  },
  {
    title: "a connection to an address of an older answer",
    facts: [query(1, { to: ["203.0.113.9"] }), dial(1.1, "203.0.113.9"), truncated(30), dial(30.1, "203.0.113.9")],
    expect: [CONNECTED, FAILED, CONNECTED],
  },
  {
    title: "a complete answer, and half a minute later nothing",
    facts: [truncated(1), query(1.01, { to: ["203.0.113.1"] }), dial(1.1, "203.0.113.1"), truncated(31)],
    expect: [CONNECTED, FAILED],
  },
  {
    title: "NXDOMAIN over TCP, as in the truncated answer",
    facts: [truncated(1, { rcode: 3, to: [] }), query(1.01, { rcode: 3 })],
    expect: [`shop/web -> external:${NAME} host_not_found ${NAME}`],
  },
  {
    title: "NXDOMAIN over TCP, unlike the truncated answer",
    facts: [truncated(1), query(1.01, { rcode: 3 })],
    expect: [FAILED],
  },
  {
    title: "nothing, with NXDOMAIN in the truncated answer",
    facts: [truncated(1, { rcode: 3, to: [] })],
    expect: [FAILED],
  },
];

for (const { title, facts, expect } of CASES) {
  test(`D9: a truncated answer, then ${title}`, () => assert.deepEqual(lines(here, facts), expect));
}

test("D9: a truncated answer is reported as failed after 10 s, when a connection would have been seen", () => {
  const [one] = reported(here, [truncated(1)]);
  const later = (one?.atMicros ?? 0) - micros(1);
  assert.ok(later > 10e6 && later < 11e6, `${later}`);
});

test("D9: a truncated answer just before the end of a capture is not reported: a complete one may follow", () => {
  assert.deepEqual(lines(here, [truncated(1)], 0.5), []);
  assert.deepEqual(lines(here, [truncated(1)], 1.5), [FAILED]);
});

test("L3: truncated answers without end are bounded and counted", () => {
  const outcomes = new Map<string, number>();
  const pipeline = pipelineOf(here, ({ outcome }) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1));
  for (let i = 0; i < 20_000; i++) truncated(1 + i / 1e6, { name: `n${i}.example.com` }).feed(pipeline);
  pipeline.time(micros(2));
  pipeline.time(micros(20));
  assert.equal(outcomes.get("try_again"), 16_384);
  assert.equal(pipeline.resolveCounters().waitingEvicted, 20_000 - 16_384);
});

test("L3: a truncated answer is reported as failed although ever-new names of others have taken the place of its search path", () => {
  const other = { from: "10.244.1.7", to: ["203.0.113.1"] };
  const found: string[] = [];
  const pipeline = pipelineOf(here, (interaction) => found.push(lineOf(interaction)));
  truncated(1, { name: "many.shop.svc.cluster.local" }).feed(pipeline);
  // Two generations of the table, each with four records for each of these names.
  for (let i = 0; i < 10_000; i++) {
    const at = 2 + i / 10_000;
    query(at, { ...other, name: `n${i}.default.svc.cluster.local` }).feed(pipeline);
    if (i % 1_000 === 0) pipeline.time(micros(at));
  }
  pipeline.time(micros(4));
  pipeline.time(micros(13));
  const name = "many.shop.svc.cluster.local";
  assert.deepEqual(
    found.filter((line) => line.includes("many")),
    [`shop/web -> service:shop/many try_again ${name}`],
  );
});
