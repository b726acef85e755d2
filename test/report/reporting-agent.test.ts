import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Direction } from "../../src/model/packet.ts";
import type { Place, Sight } from "../../src/model/sight.ts";
import { isReportedHere } from "../../src/report/reporting-agent.ts";
import { NODES, type Node, route, type Seen, sightsOf } from "./support/connection-path.ts";

const ME = "me";
const AGENT = "with-agent";
const BARE = "without-agent";
const { unknown, incoming, outgoing } = Direction;

const pod = (node: string | null): Place => ({ type: "pod", node });
const host = (node: string): Place => ({ type: "node", node });
const service: Place = { type: "service" };
const external: Place = { type: "external" };

function reports(source: Place, destination: Place, about: Partial<Sight> = {}): boolean {
  const sight = {
    timeMicros: 0,
    source,
    destination,
    isSourceTranslated: false,
    firstDirection: incoming,
    ...about,
  };
  return isReportedHere(sight, { node: ME, hasAgent: (node) => node === ME || node === AGENT });
}

interface Row {
  readonly row: string;
  readonly source: Place;
  readonly destination: Place;
  readonly about?: Partial<Sight>;
  readonly expect: boolean;
}

const EVERYWHERE: readonly (readonly [string, Place])[] = [
  ["my pod", pod(ME)],
  ["my node", host(ME)],
  ["a pod of a node with agent", pod(AGENT)],
  ["a node with agent", host(AGENT)],
  ["a pod of a node without agent", pod(BARE)],
  ["a node without agent", host(BARE)],
  ["a Service without endpoint", service],
  ["outside", external],
];
/** Destinations that end a connection here, to the knowledge of this node: rows 5, 6 and 8. */
const TERMINAL = [
  "my pod",
  "my node",
  "a pod of a node without agent",
  "a node without agent",
  "a Service without endpoint",
];
const TRANSLATED = { isSourceTranslated: true };

const TABLE: readonly Row[] = [
  ...EVERYWHERE.flatMap(([where, destination]): Row[] => [
    ...[unknown, incoming, outgoing].map((firstDirection) => ({
      row: `1: my pod to ${where}, direction ${firstDirection}`,
      source: pod(ME),
      destination,
      about: { firstDirection },
      expect: true,
    })),
    { row: `1: my pod to ${where}, masqueraded`, source: pod(ME), destination, about: TRANSLATED, expect: true },
    {
      row: `2: my node to ${where}, leaving`,
      source: host(ME),
      destination,
      about: { firstDirection: outgoing },
      expect: true,
    },
    {
      row: `2: my node to ${where}, in a file without direction`,
      source: host(ME),
      destination,
      about: { firstDirection: unknown },
      expect: where !== "my node",
    },
    { row: `3: my node to ${where}, coming in (lo)`, source: host(ME), destination, expect: false },
    { row: `4: a pod of a node with agent to ${where}`, source: pod(AGENT), destination, expect: false },
    { row: `4: a node with agent to ${where}`, source: host(AGENT), destination, expect: false },
    {
      row: `4: a pod of a node with agent to ${where}, masqueraded here`,
      source: pod(AGENT),
      destination,
      about: TRANSLATED,
      expect: false,
    },
    {
      row: `4: a node with agent to ${where}, masqueraded here`,
      source: host(AGENT),
      destination,
      about: TRANSLATED,
      expect: false,
    },
    {
      row: `5, 9: a pod of a node without agent to ${where}`,
      source: pod(BARE),
      destination,
      expect: TERMINAL.includes(where),
    },
    {
      row: `6, 9: a node without agent to ${where}`,
      source: host(BARE),
      destination,
      expect: TERMINAL.includes(where),
    },
    {
      row: `5: a pod of a node without agent to ${where}, masqueraded here`,
      source: pod(BARE),
      destination,
      about: TRANSLATED,
      expect: true,
    },
    {
      row: `6: a node without agent to ${where}, masqueraded here`,
      source: host(BARE),
      destination,
      about: TRANSLATED,
      expect: true,
    },
    { row: `8, 9: outside to ${where}`, source: external, destination, expect: TERMINAL.includes(where) },
    {
      row: `7, 8: outside to ${where}, masqueraded here`,
      source: external,
      destination,
      about: TRANSLATED,
      expect: where !== "outside",
    },
  ]),
  { row: "1, 4: a pod that is on no node yet to my pod", source: pod(null), destination: pod(ME), expect: false },
];

for (const { row, source, destination, about = {}, expect } of TABLE) {
  test(`DESIGN 3.5 row ${row}: ${expect ? "reported" : "silent"}`, () => {
    assert.equal(reports(source, destination, about), expect);
  });
}

test("DESIGN 3.5: without a node every connection is reported", () => {
  for (const [, source] of EVERYWHERE) {
    for (const [, destination] of EVERYWHERE) {
      const sight = {
        timeMicros: 0,
        source,
        destination,
        isSourceTranslated: false,
        firstDirection: incoming,
      };
      assert.ok(isReportedHere(sight, { node: null, hasAgent: () => true }));
    }
  }
});

function reporters(seen: readonly Seen[], agents: ReadonlySet<string>): Node[] {
  return seen
    .filter(
      ({ node, sight }) => agents.has(node) && isReportedHere(sight, { node, hasAgent: (name) => agents.has(name) }),
    )
    .map(({ node }) => node);
}

test("C7: with agents on all nodes exactly one reports a connection, whatever its path", () => {
  const all = new Set<string>(NODES);
  const property = fc.property(route, (one) => assert.equal(reporters(sightsOf(one), all).length, 1));
  fc.assert(property, { seed: 3, numRuns: 20_000 });
});

test("C7: with agents on some nodes at most one reports, except the double report through the port of a node without agent", () => {
  const property = fc.property(route, fc.subarray([...NODES]), (one, some) => {
    const agents = new Set<string>(some);
    const count = reporters(sightsOf(one), agents).length;
    const isThroughBareNode =
      one.via === "node-port" &&
      one.client.type !== "external" &&
      one.entry !== one.client.node &&
      !agents.has(one.entry);
    assert.ok(count <= (isThroughBareNode ? 2 : 1), `${count} reports`);
  });
  fc.assert(property, { seed: 4, numRuns: 20_000 });
});

test("C7: a connection inside the cluster that the server's agent sees is reported", () => {
  const property = fc.property(route, fc.subarray([...NODES], { minLength: 1 }), (one, some) => {
    const agents = new Set<string>(some);
    const seen = sightsOf(one);
    const isSeenByEndsNode = seen.some(
      ({ node, sight }) => agents.has(node) && node === one.server.node && sight.destination.type !== "external",
    );
    const isInside = one.server.type !== "external";
    if (!isInside || !isSeenByEndsNode) return;
    assert.ok(reporters(seen, agents).length >= 1);
  });
  fc.assert(property, { seed: 5, numRuns: 20_000 });
});
