import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { CLUSTER, capture, file, temporaryFolder, wirespan } from "../../support/cli/wirespan.ts";

const SHOP = [...CLUSTER, "--capture", `node-a=${capture("node-a")}`, "--capture", `node-b=${capture("node-b")}`];

async function answer(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return await wirespan([...args, ...SHOP]);
}

test("blast-radius: a Service that never worked affects no workload newly; its client fails already", async () => {
  const { code, stdout } = await answer("blast-radius", "legacy-inventory");
  assert.equal(code, 0);
  assert.match(stdout, /^0 nodes affected when shop\/legacy-inventory is down$/m);
  assert.match(
    stdout,
    /^already failing, not newly affected\n {2}shop\/checkout → shop\/legacy-inventory \(service\): 4 refused$/m,
  );
});

test("blast-radius: JSON, needs, depth, and names that the graph does not have", async () => {
  const { stdout } = await answer("blast-radius", "shop/checkout", "--needs", "-o", "json");
  const json = JSON.parse(stdout);
  assert.deepEqual([json.wirespan, json.version, json.direction], ["blast-radius", 1, "needs"]);
  assert.ok(json.hits.length > 1);
  const nearest = JSON.parse(
    (await answer("blast-radius", "shop/checkout", "--needs", "--max-depth", "1", "-o", "json")).stdout,
  );
  assert.ok(nearest.hits.every(({ distance }: { distance: number }) => distance === 1));
  const unknown = await answer("blast-radius", "chekout");
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /^wirespan: the graph has no node "chekout"; did you mean shop\/checkout\?$/m);
  assert.match(
    (await answer("blast-radius", "node/nowhere")).stderr,
    /no workload of the graph has a pod on node "nowhere"/,
  );
  assert.match(
    (await answer("blast-radius", "namespace/nowhere")).stderr,
    /the graph has no namespace "nowhere"; it has /,
  );
  assert.match(
    (await answer("blast-radius", "cart", "--max-depth", "none")).stderr,
    /invalid --max-depth "none": expected a whole number/,
  );
});

test("explain and why: an edge, and one that was not observed", async () => {
  const { code, stdout } = await answer("why", "checkout", "legacy-inventory");
  assert.equal(code, 0);
  assert.match(stdout, /^ {2}failed: 4 refused$/m);
  const missing = await answer("explain", "legacy-inventory", "checkout", "-o", "json");
  assert.equal(missing.code, 1);
  const json = JSON.parse(missing.stdout);
  assert.deepEqual([json.isObserved, json.isReverseObserved], [false, true]);
});

test("rollout: the ranking as table, JSON and Markdown, and commands as comments", async () => {
  const { stdout } = await answer("rollout", "--patch", "--first", "2");
  assert.match(stdout, /^real spans show \d+ of \d+ edges and/);
  assert.match(stdout, /^# commands for the OpenTelemetry Operator; nothing was applied/m);
  assert.equal(JSON.parse((await answer("rollout", "-o", "json", "--first", "2")).stdout).picks.length, 2);
  assert.match((await answer("rollout", "-o", "markdown")).stdout, /^\| ---: \| --- \|/m);
});

test("an input is never overwritten, and standard input is read once", async () => {
  const directory = mkdtempSync(join(tmpdir(), "wirespan-inputs-"));
  const graph = join(directory, "graph.json");
  const manifest = join(directory, "deny.yaml");
  assert.equal((await answer("snapshot", "-o", graph)).code, 0);
  assert.equal((await wirespan(["policies", "--graph", graph, "--default-deny", manifest])).code, 0);
  const inputs = [graph, manifest].map((file) => readFileSync(file, "utf8"));
  for (const args of [
    ["blast-radius", "checkout", "--graph", graph, "-o", graph],
    ["explain", "checkout", "legacy-inventory", "--graph", graph, "-o", graph],
    ["rollout", "--graph", graph, "-o", graph],
    ["diff", graph, graph, "-o", graph],
    ["intents", "--graph", graph, "-o", graph],
    ["policies", "--graph", graph, "-o", graph],
    ["policies", "--graph", graph, "--default-deny", graph],
    ["policies", "--graph", graph, "-o", join(directory, "new"), "--default-deny", join(directory, "new")],
    ["policies", "check", manifest, "--graph", graph, "--format", "table", "-o", manifest],
  ]) {
    const { code, stderr } = await wirespan(args);
    assert.equal(code, 2, args.join(" "));
    assert.match(stderr, / would overwrite the (input|file of -o) ?.*; choose another file$/m, args.join(" "));
  }
  assert.deepEqual(
    [graph, manifest].map((file) => readFileSync(file, "utf8")),
    inputs,
  );
  for (const args of [
    ["diff", "-", "-"],
    ["policies", "check", "-", "--graph", "-"],
  ]) {
    assert.match((await wirespan(args)).stderr, /standard input can be read only once/, args.join(" "));
  }
});

for (const [args, message] of [
  [["policies", "check"], /; see wirespan policies check --help\n$/],
  [
    ["policies", "check", "a.yaml", "--graph"],
    /'--graph <file>' argument missing; see wirespan policies check --help\n$/,
  ],
  [
    ["policies", "check", "a.yaml", "--flavor", "cilium"],
    /unknown option '--flavor'.*; see wirespan policies check --help\n$/,
  ],
  [["policies", "check", "a.yaml", "--graph="], /^wirespan: --graph is empty; pass a value, or omit the option\n$/],
  [["policies", "check", "a.yaml", "--node", "a", "--node", "b"], /^wirespan: --node is passed twice /],
  [
    ["policies", "--graph", "a.json", "check", "a.yaml"],
    /^wirespan: --graph is before check; use wirespan policies check … --graph\n$/,
  ],
  [
    ["blast-radius", "cart", "--needs=yes"],
    /^wirespan: option '--needs' takes no value: omit =yes; see wirespan blast-radius --help\n$/,
  ],
  [["diff", "none.json"], /^wirespan: graph none\.json does not exist; check the path\n$/],
  [
    ["policies", "--default-deny", `${CLUSTER[1]}/deny.yaml`],
    /^wirespan: cannot write --default-deny .* \(ENOTDIR\); choose a file/,
  ],
  [
    ["rollout", "checkout", "--graph", "a.json"],
    /^wirespan: capture file checkout and --graph are two sources of a graph; pass one/,
  ],
] as const) {
  test(`${args.join(" ").slice(0, 60)} is rejected in one sentence`, async () => {
    const { code, stdout, stderr } = await wirespan(args);
    assert.match(stderr, message);
    assert.match(stderr, /^[^\n]+\n$/);
    assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
  });
}

test("nodes, Services and workloads have the names that kubectl has for them", async () => {
  for (const [written, canonical] of [
    ["deploy/checkout", "shop/checkout"],
    ["svc/legacy-inventory", "shop/legacy-inventory"],
    ["no/node-a", "node/node-a"],
    ["ns/shop", "namespace/shop"],
  ] as const) {
    const [short, full] = await Promise.all([written, canonical].map((name) => answer("blast-radius", name)));
    assert.deepEqual([short?.code, short?.stdout], [0, full?.stdout]);
  }
  const elsewhere = await answer("explain", "deploy/checkout", "sts/orders-db", "-n", "shop");
  assert.match(
    elsewhere.stderr,
    /no node "sts\/orders-db" in the namespace shop; there is workload\/data\/orders-db$/m,
  );
});

test("diff reports a namespace that neither graph has", async (t) => {
  const graph = file(temporaryFolder(t), "graph.json", (await answer("snapshot")).stdout);
  const { code, stderr } = await wirespan(["diff", graph, graph, "-n", "shpo"]);
  assert.match(stderr, /^wirespan: neither graph has the namespace shpo; they have data, .*shop\n$/);
  assert.equal(code, 0);
});

test("intents: a stream, and a file for each workload, with the same objects", async () => {
  const { code, stdout } = await answer("intents");
  assert.equal(code, 0);
  const stream = stdout
    .split(/^---$/m)
    .slice(1)
    .map((text) => parse(text));
  const directory = mkdtempSync(join(tmpdir(), "wirespan-intents-"));
  assert.equal((await answer("intents", "-o", `${directory}/`)).code, 0);
  const files = readdirSync(directory).sort();
  assert.ok(files.includes("checkout.shop.yaml"), files.join());
  assert.deepEqual(
    files.map((file) => parse(readFileSync(join(directory, file), "utf8"))),
    stream,
  );
  assert.equal(stdout, (await answer("intents")).stdout);
});

test("policies: what is observed passes the check; a policy that lacks it is reported with its evidence", async () => {
  const directory = mkdtempSync(join(tmpdir(), "wirespan-policies-"));
  const made = await answer("policies", "-o", `${directory}/`, "--default-deny", `${directory}/deny.yaml`);
  assert.equal(made.code, 0, made.stderr);
  const passed = await answer("policies", "check", directory);
  assert.match(passed.stdout, /0 blocked, \d+ not decided$/m);
  assert.equal(passed.code, 0, passed.stdout);
  const denied = await answer("policies", "check", join(directory, "deny.yaml"));
  assert.equal(denied.code, 1);
  assert.match(denied.stdout, /^blocked {2}egress .* shop\/default-deny$/m);
  const json = JSON.parse((await answer("policies", "check", join(directory, "deny.yaml"), "-o", "json")).stdout);
  assert.deepEqual([json.wirespan, json.version], ["policies-check", 1]);
});

test("policies and intents of a namespace: only its workloads, with all their edges; without a stream, reasons are messages", async () => {
  const directory = mkdtempSync(join(tmpdir(), "wirespan-access-"));
  const whole = await answer("policies", "-o", `${directory}/all/`);
  const part = await answer(
    "policies",
    "-n",
    "data",
    "-o",
    `${directory}/data/`,
    "--default-deny",
    `${directory}/deny/`,
  );
  assert.equal(part.code, 0, part.stderr);
  const files = readdirSync(join(directory, "data")).sort();
  assert.ok(files.includes("orders-db.data.yaml"), files.join());
  for (const file of files) {
    assert.match(file, /\.data\.yaml$/);
    const [one, same] = ["all", "data"].map((name) => readFileSync(join(directory, name, file), "utf8"));
    assert.equal(one, same);
  }
  assert.deepEqual(readdirSync(join(directory, "deny")), ["default-deny.data.yaml"]);
  assert.match(whole.stderr, /^wirespan: no policy for monitoring\/prometheus: no traffic was observed$/m);
  assert.doesNotMatch(part.stderr, /monitoring/);
  const clients = await answer("intents", "-n", "shop", "--no-comments");
  assert.deepEqual(new Set(clients.stdout.match(/^ {2}namespace: \S+$/gm)), new Set(["  namespace: shop"]));
  const unknown = await answer("intents", "-n", "shpo");
  assert.match(
    unknown.stderr,
    /^wirespan: the graph has no workload in the namespace shpo; it has workloads in data, /m,
  );
  assert.match(
    (await answer("policies", "--from", "cart")).stderr,
    /unknown option '--from'.*; see wirespan policies --help$/m,
  );
});

test("policies check names its help, and standard input", async () => {
  assert.match((await wirespan(["policies", "check"])).stderr, /; see wirespan policies check --help$/m);
  assert.match(
    (await wirespan(["policies", "check", "-", ...SHOP], { input: "kind: Pod\n" })).stderr,
    /no NetworkPolicy \(networking\.k8s\.io\) in standard input;/,
  );
});

test("policies check names policies without a namespace, and those of other engines", async () => {
  const policy = (apiVersion: string, metadata: string): string =>
    `apiVersion: ${apiVersion}\nkind: NetworkPolicy\nmetadata: ${metadata}\nspec: {podSelector: {}}\n`;
  const input = [
    policy("networking.k8s.io/v1", "{name: a, namespace: other}"),
    policy("networking.k8s.io/v1", "{name: b}"),
    policy("crd.antrea.io/v1beta1", "{name: c}"),
  ].join("---\n");
  const { code, stderr } = await wirespan(["policies", "check", "-", ...SHOP], { input });
  assert.equal(code, 0);
  assert.match(
    stderr,
    /^wirespan: NetworkPolicy c of crd\.antrea\.io\/v1beta1 is not checked: only NetworkPolicy of /m,
  );
  assert.match(
    stderr,
    /^wirespan: NetworkPolicy b without a namespace is checked as one of default; set metadata\.namespace$/m,
  );
});

const REJECTED = [
  ["text that is no YAML", "a: [", /^wirespan: cannot read .*: .*; correct the YAML$/m],
  ["no policy", "kind: Pod", /^wirespan: no NetworkPolicy \(networking\.k8s\.io\) in .*; pass the manifests/m],
  [
    "no CIDR block",
    "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec: {ingress: [{from: [{ipBlock: {cidr: 10.0.0.1}}]}]}",
    /^wirespan: NetworkPolicy default\/a: "10\.0\.0\.1" is no CIDR block; correct the policy$/m,
  ],
] as const;
for (const [title, content, message] of REJECTED) {
  test(`policies check of ${title} is one sentence with a fix`, async () => {
    const file = join(mkdtempSync(join(tmpdir(), "wirespan-check-")), "policy.yaml");
    writeFileSync(file, content);
    const { code, stderr } = await answer("policies", "check", file);
    assert.equal(code, 2);
    assert.match(stderr, message);
  });
}

test("diff: without graphs, with a kind that does not exist, and --from without metrics", async () => {
  const rejected = async (...args: string[]): Promise<string> => {
    const { code, stderr } = await wirespan(["diff", ...args]);
    assert.equal(code, 2);
    return stderr;
  };
  assert.match(await rejected(), /^wirespan: no graph to compare with; use wirespan diff OLDER NEWER/m);
  assert.match(
    await rejected("a.json", "b.json", "--fail-on", "new-thing"),
    /invalid --fail-on "new-thing": expected new-edge, new-egress, new-failure/,
  );
  assert.match(await rejected("--from", "1d"), /^wirespan: --from requires --prometheus URL; pass it too$/m);
});
