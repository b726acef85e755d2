import assert from "node:assert/strict";
import { test } from "node:test";
import { CLUSTER, capture, wirespan } from "../../support/cli/wirespan.ts";

const SHOP = [...CLUSTER, "--capture", `node-a=${capture("node-a")}`, "--capture", `node-b=${capture("node-b")}`];

async function edges(...args: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await wirespan(["edges", ...SHOP, "--format", "json", ...args]);
  assert.equal(code, 0, stderr);
  const graph = JSON.parse(stdout) as { edges: { client: string; server: string }[] };
  return graph.edges.map(({ client, server }) => `${client} ${server}`);
}

test("edges of captures are those of replay, as table and as JSON", async () => {
  for (const format of ["table", "wide", "json"]) {
    const replayed = await wirespan(["replay", ...SHOP, "-o", format]);
    const listed = await wirespan(["edges", ...SHOP, "-o", format]);
    assert.equal(listed.stdout, replayed.stdout);
    assert.equal(listed.code, 0, listed.stderr);
  }
});

test("options select edges", async () => {
  const all = await edges();
  assert.deepEqual(await edges("-A"), all);
  assert.deepEqual(
    await edges("-n=data", "-n", "monitoring"),
    all.filter((edge) => /\/(data|monitoring)\//.test(edge)),
  );
  assert.deepEqual(
    await edges("--from", "checkout"),
    all.filter((edge) => edge.startsWith("workload/shop/checkout ")),
  );
  assert.deepEqual(
    await edges("--to", "shop/cart", "--to", "catalog"),
    all.filter((edge) => /workload\/shop\/(cart|catalog)$/.test(edge)),
  );
  assert.deepEqual(
    await edges("--external"),
    all.filter((edge) => edge.includes("external/")),
  );
  const failed = await edges("--failed");
  assert.ok(failed.includes("workload/shop/checkout service/shop/legacy-inventory") && failed.length < all.length);
  assert.deepEqual(await edges("--since", "365d"), all);
  assert.deepEqual(await edges("--since", "2020-01-01T00:00:00Z"), all);
  const late = await edges("--since", "3s");
  assert.ok(late.length > 0 && late.length < all.length, `${late.length}`);
  assert.deepEqual(await edges("--evidence", "handshake", "--evidence", "lookup"), all);
});

test("a result without edges is reported on standard error, with what the graph has", async () => {
  const { code, stdout, stderr } = await wirespan(["edges", ...SHOP, "-n", "shpo"]);
  assert.equal(code, 0);
  assert.match(stdout, /\n0 nodes, 0 edges, 0 connections/);
  assert.match(stderr, /no edge meets the conditions; the graph has \d+ edges, in the namespaces data, .*shop/);
});

const REJECTED = [
  [["-A", "-n", "shop"], /^wirespan: -A and -n cannot be combined; omit one of them\n$/m],
  [["--from", "chekout"], /--from "chekout": the graph has no such node; did you mean shop\/checkout\?\n$/],
  [["--to", "zzzzzzzz"], /--to "zzzzzzzz": the graph has no such node; wirespan edges lists the nodes\n$/],
  [["--since", "yesterday"], /invalid --since "yesterday": expected a duration such as 30m/],
  [["--since", "2026-13-01T00:00:00Z"], /invalid --since "2026-13-01T00:00:00Z": expected/],
  [["--evidence", "rumor"], /invalid --evidence "rumor": expected handshake, lookup\n$/],
  [["--evidence", "socket"], /invalid --evidence "socket": expected handshake, lookup\n$/],
  [["--graph", "a.json"], /^wirespan: --capture and --graph are two sources of a graph; pass one of them\n$/],
  [["--prometheus", "http://localhost:1"], /--capture and --prometheus are two sources of a graph/],
  [["--live"], /--capture and --live are two sources of a graph/],
  [["--range", "7d"], /^wirespan: --range requires --prometheus URL and has no effect with --capture; omit it\n$/],
  [
    ["-o", "map.html"],
    /unsupported format of -o map\.html; use \.json, or set --format \(wirespan map writes html\)\n$/,
  ],
] as const;
for (const [args, message] of REJECTED) {
  test(`edges ${args.join(" ")} is rejected in one sentence`, async () => {
    const { code, stdout, stderr } = await wirespan(["edges", ...SHOP, ...args]);
    assert.match(stderr, message);
    assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
  });
}

test("options of captures need a capture", async () => {
  const { code, stderr } = await wirespan(["edges", ...CLUSTER]);
  assert.equal(stderr, "wirespan: --cluster requires a capture file; pass one\n");
  assert.equal(code, 2);
});

test("without any source, the sentence says what can be passed", async () => {
  const { code, stderr } = await wirespan(["edges"], { env: { KUBECONFIG: "/none", HOME: "/none" } });
  assert.match(
    stderr,
    /^wirespan: no source of a graph .*no kubeconfig .*; pass a capture.*--graph.*--prometheus.*--kubeconfig.*\n$/,
  );
  assert.equal(code, 2);
});
