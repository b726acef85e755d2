// P3: policies from observed traffic, judged by cyclonus: nothing of that traffic is denied. The questions come from what the
// laboratory's programs wrote down and from the manifests of the pods, not from wirespan's graph.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext, test } from "node:test";
import { parse } from "yaml";
import { NETWORK_POLICY } from "../../src/access/policies/network-policy.ts";
import { policiesOf } from "../../src/access/policies/policies.ts";
import { denyAllDocuments, policyDocuments } from "../../src/access/policies/policy-documents.ts";
import { described } from "../access/support/described.ts";
import { namedPort } from "../access/support/named-port.ts";
import { onlineBoutique } from "../answers/support/graphs.ts";
import { RECORDING, temporaryFolder, wirespan } from "../support/cli/wirespan.ts";
import { sharedPath } from "../support/paths.ts";
import { askCyclonus, type Connection, lintByCyclonus, type Peer } from "./support/cyclonus.ts";
import { observedConnections } from "./support/truth-connections.ts";

const BOUND = { timeout: 300_000 };

/**
 * Warnings that are no fault. The DNS checks ask whether any host outside, 8.8.8.8, may be asked: these policies allow the DNS
 * servers that the workload did ask, which the questions below cover, and no other. A rule that limits only the port is what
 * nodes get, as clients and where their ports were dialed.
 */
const INTENDED = [
  "CheckDNSBlockedOnTCP",
  "CheckDNSBlockedOnUDP",
  "CheckTargetAllIngressAllowed",
  "CheckTargetAllEgressAllowed",
];

interface Written {
  readonly policies: readonly object[];
  readonly denials: readonly object[];
}

/** What the command writes for a recording. */
async function policiesFor(t: TestContext, folder: string): Promise<Written> {
  const captures = readdirSync(folder).filter((name) => /^[^.]+\.pcap$/.test(name));
  const nodes = captures.map((name) => name.replace(".pcap", ""));
  const deny = join(temporaryFolder(t), "deny.json");
  const { code, stdout, stderr } = await wirespan([
    "policies",
    "--cluster",
    join(folder, "cluster.json"),
    "--events",
    join(folder, "events.jsonl"),
    ...nodes.flatMap((node) => ["--capture", `${node}=${join(folder, `${node}.pcap`)}`]),
    "--agents",
    nodes.join(","),
    "--format",
    "json",
    "--default-deny",
    deny,
  ]);
  assert.equal(code, 0, stderr);
  const itemsOf = (text: string): object[] => (JSON.parse(text) as { items: object[] }).items;
  return { policies: itemsOf(stdout), denials: itemsOf(readFileSync(deny, "utf8")) };
}

async function judge(t: TestContext, folder: string): Promise<void> {
  const { policies, denials } = await policiesFor(t, folder);
  const observed = observedConnections(folder);
  const answers = await askCyclonus(
    [...policies, ...denials],
    observed.map(({ connection }) => connection),
  );
  const denied = observed.filter(({ direction }, i) => answers[i]?.[direction] !== true);
  assert.deepEqual([...new Set(denied.map(({ title, direction }) => `${direction}: ${title}`))], []);
  assert.ok(observed.length > 100, `only ${observed.length} connections`);
  const warnings = await lintByCyclonus(policies);
  assert.deepEqual(
    warnings.filter(({ check }) => !INTENDED.includes(check)),
    [],
  );
  t.diagnostic(`${policies.length} policies, ${observed.length} questions, none denied`);
}

describe("P3: cyclonus denies nothing of the observed traffic", () => {
  it("of the shipped recording", BOUND, (t) => judge(t, RECORDING));

  for (const [name, recording] of [
    ["lab-captures", "dev-1"],
    ["lab-captures", "dev-2"],
    ["lab-captures", "dev-3"],
    ["lab-captures-2", "dev-4"],
  ] as const) {
    it(`of ${name}/${recording}`, BOUND, async (t) => {
      const folder = sharedPath(t, name, recording);
      if (folder !== null) await judge(t, folder);
    });
  }
});

test(
  "the oracle is not blind: without one of the policies, the denial of the rest denies its traffic",
  BOUND,
  async (t) => {
    const { policies, denials } = await policiesFor(t, RECORDING);
    const isCart = (policy: object): boolean => (policy as { metadata: { name: string } }).metadata.name === "cart";
    const observed = observedConnections(RECORDING);
    const answers = await askCyclonus(
      [...policies.filter((policy) => !isCart(policy)), ...denials],
      observed.map(({ connection }) => connection),
    );
    const denied = observed.filter(({ direction }, i) => answers[i]?.[direction] !== true);
    const ofCart = observed.filter(({ direction, connection: { source, destination } }) => {
      const { pod } = direction === "egress" ? source : destination;
      return pod?.labels.app === "cart";
    });
    assert.ok(ofCart.length > 10);
    assert.deepEqual(denied, ofCart);
  },
);

test("of Online Boutique, exactly the calls of its variables pass, of all pairs of its workloads", BOUND, async () => {
  const graph = described(onlineBoutique());
  const policies = policiesOf(graph, { externalBlocks: new Map() });
  const documents = [
    ...policyDocuments(policies, graph, NETWORK_POLICY),
    ...denyAllDocuments(policies, graph, NETWORK_POLICY),
  ];
  const peers = graph.nodes.map(({ name }, i): Peer => {
    const pod = { namespace: "shop", labels: { app: name }, namespaceLabels: {} };
    return { address: `10.244.7.${i + 1}`, pod };
  });
  const [
    {
      servedPorts: [port = 0],
    } = { servedPorts: [] },
  ] = graph.edges;
  const pairs = peers.flatMap((source) => peers.map((destination) => ({ source, destination })));
  const asked = pairs
    .filter(({ source, destination }) => source !== destination)
    .map((pair): Connection => ({ ...pair, protocol: "TCP", port, portName: "" }));
  const answers = await askCyclonus(
    documents.map(({ yaml }) => parse(yaml) as object),
    asked,
  );
  const nameOf = ({ pod }: Peer): string => pod?.labels.app ?? "";
  const passing = asked
    .filter((_, i) => answers[i]?.egress === true && answers[i]?.ingress === true)
    .map(({ source, destination }) => `${nameOf(source)} ${nameOf(destination)}`);
  const called = graph.edges.map(({ client, server }) => `${client.split("/").at(-1)} ${server.split("/").at(-1)}`);
  assert.equal(called.length, 16);
  assert.deepEqual(passing.toSorted(), called.toSorted());
});

test(
  "a rule that names a port lets through what its Service leads to, and not the Service's port at the pods",
  BOUND,
  async () => {
    const graph = namedPort({ app: "web" });
    const policies = policyDocuments(policiesOf(graph, { externalBlocks: new Map() }), graph, NETWORK_POLICY);
    const peer = (address: string, app: string): Peer => ({
      address,
      pod: { namespace: "shop", labels: { app }, namespaceLabels: { "kubernetes.io/metadata.name": "shop" } },
    });
    const question = (port: number, portName: string): Connection => ({
      source: peer("10.47.1.9", "frontend"),
      destination: peer("10.47.2.4", "web"),
      protocol: "TCP",
      port,
      portName,
    });
    const questions = [question(8080, "http"), question(80, "http"), question(80, ""), question(80, "admin")];
    const passes = await askCyclonus(
      policies.map(({ object }) => object),
      questions,
    );
    const [all, nothing] = [
      { egress: true, ingress: true },
      { egress: false, ingress: false },
    ];
    assert.deepEqual(passes, [all, all, nothing, nothing]);
  },
);
