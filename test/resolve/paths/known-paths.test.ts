import assert from "node:assert/strict";
import { test } from "node:test";
import { ExternalNames } from "../../../src/inventory/addresses/external-names.ts";
import { ClusterFeed } from "../../../src/inventory/cluster-feed.ts";
import { ClusterDomain } from "../../../src/lookups/cluster-domain.ts";
import { type Connection, ConnectionPath } from "../../../src/model/connection.ts";
import { Direction } from "../../../src/model/packet.ts";
import { KnownPath } from "../../../src/resolve/paths/known-path.ts";
import { ResolveContext } from "../../../src/resolve/resolve-context.ts";
import { added, deleted, micros, pod, threeNodes } from "../../support/cluster/cluster-objects.ts";

const ended = [1, 2, 3].map((n) => pod(`shop/ended-${n}`, { ip: `10.244.1.${n}`, node: "a" }));
const served = { address: "10.244.2.8", port: 80 };

/** A connection of a client that is never deleted. */
function connection(at: number, path: ConnectionPath | null): Connection {
  const preNat = { source: { address: "10.244.1.9", port: 40_000 }, destination: served };
  const startMicros = micros(at);
  const common = { firstDirection: Direction.incoming, senderLink: 0, retries: 0, outcome: "established" } as const;
  return { ...common, startMicros, endMicros: startMicros, preNat, postNat: preNat, path };
}

function newContext() {
  const [client, server] = [pod("shop/a", { ip: "10.244.1.9", node: "a" }), pod("shop/b", { ip: served.address })];
  const events = [...ended.map((each) => added(0, each)), ...ended.map((each, i) => deleted(10 + 1_000 * i, each))];
  const feed = new ClusterFeed([...threeNodes(), client, server], events);
  const options = { domain: new ClusterDomain("cluster.local"), external: new ExternalNames([]), node: "a" };
  return { feed, context: new ResolveContext({ index: feed.index, ...options }) };
}

test("a path is known from its second connection on, and a connection without one is like a first one", () => {
  const { context } = newContext();
  const path = new ConnectionPath("10.244.1.9", served, served);
  context.paths.of(connection(1, path));
  assert.ok(!(path.known instanceof KnownPath));
  const known = context.paths.of(connection(2, path));
  assert.equal(path.known, known);
  assert.equal(context.paths.of(connection(3, path)), known);
  assert.notEqual(context.paths.of(connection(3, null)), known);
});

test("nothing is known of any path when a pod is forgotten", () => {
  const { feed, context } = newContext();
  const path = new ConnectionPath("10.244.1.9", served, served);
  for (const at of [1, 2]) context.paths.of(connection(at, path));
  feed.advance(micros(100));
  assert.ok(path.known instanceof KnownPath);
  feed.advance(micros(3_000));
  assert.equal(path.known, null);
});

test("at most 8,192 paths are known at one time", () => {
  const { context } = newContext();
  const paths = Array.from(
    { length: 10_000 },
    (_, i) => new ConnectionPath(`10.0.${i >> 8}.${i & 255}`, served, served),
  );
  for (const path of paths) for (const at of [1, 2]) context.paths.of(connection(at, path));
  assert.equal(paths.filter(({ known }) => known instanceof KnownPath).length, 10_000 - 8_192);
});
