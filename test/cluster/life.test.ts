// What happens to clusters, under steady traffic: pods, agents, the API server, nodes and the Collector come and go.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../support/until.ts";
import type { Attempt, Call } from "./pods/traffic-program.ts";
import { Bed } from "./support/bed.ts";
import { type ComparedEdge, isEqual, table } from "./support/compare.ts";
import { Ledger, type LedgerResult } from "./support/ledger.ts";
import {
  AGENTS,
  collector,
  installChart,
  OBSERVABILITY,
  observabilityNamespace,
  podsOf,
} from "./support/observability.ts";
import { assertNone, isOf, type Matched, match, receivedPairs } from "./support/pairs.ts";
import { droppedPairs } from "./support/settled.ts";
import { Snapshot } from "./support/snapshots.ts";
import { daemonSet, deployment, SHOP, service, trafficBase } from "./support/workloads.ts";

const GATE = "go";
const VALUES = { "otlp.endpoint": `http://collector.${OBSERVABILITY}:4317` };
/** How long the graph may lack what it will never have. */
const SOME_MISSING_MILLIS = 5_000;
/** Calls in a stretch of steady traffic. */
const MANY = 300;
const FEW = 60;

/** `behind`: whom the graph may have where the server was gone, and so did not say its name. */
function call(scenario: string, host: string, port: number, behind: readonly string[]): Call {
  return { scenario, host, port, family: 4, times: 1, server: behind.map((name) => `${SHOP}/${name}`) };
}

const CALLS = [
  call("ClusterIP", "api", 80, ["api"]),
  // The address of a pod that is gone may be that of another workload.
  call("headless", "api-pods", 8080, ["api", "api-pods", "red", "blue"]),
  call("mixed", "mixed", 80, ["mixed", "red", "blue", "api"]),
];

let bed: Bed;
/** Of the Collector, which runs on one node at a time. */
const onNode = (node: string) => collector({ kind: "Deployment", service: {}, node, pairsFolder: bed.logs });

before(async () => {
  bed = await Bed.start({ nodes: 2, pods: 14, proxy: "nftables" });
  const mixed = { labels: { mixed: "true" }, ports: [8080], calls: CALLS.slice(0, 2), repeats: true };
  await bed.apply([
    observabilityNamespace(),
    ...trafficBase(bed),
    ...onNode("n1"),
    deployment(bed, { name: "api", ports: [8080] }, 2),
    service("api", "api", 8080),
    service("api-pods", "api", 8080, { clusterIP: "None" }),
    deployment(bed, { name: "red", ...mixed }),
    deployment(bed, { name: "blue", ...mixed }),
    service("mixed", "", 8080, { selector: { mixed: "true" } }),
    // On each node, so on an added one too.
    daemonSet(bed, { name: "caller", calls: CALLS, repeats: true }),
  ]);
  const installed = await installChart(bed, VALUES);
  assert.equal(installed.code, 0, installed.stderr);
  await bed.rolledOut(OBSERVABILITY, "deployment/collector", "daemonset/wirespan");
  await bed.rolledOut(SHOP, "deployment/api", "deployment/red", "deployment/blue", "daemonset/caller");
});
after(() => bed?.stop());

function assertTruth(result: LedgerResult): void {
  console.log(table(result));
  const unequal = result.edges.filter((edge) => !isEqual(edge));
  assertNone(unequal, result.attempts, receivedPairs(bed.logs));
  assert.ok(result.edges.length > 0);
}

/**
 * Connections may be missing; nothing is invented, and nothing is counted twice. Where the packets after NAT are among those
 * that are missing, a connection ends at the Service. Returns what is missing.
 */
function assertNoPhantom(result: LedgerResult): Matched {
  console.log(table(result));
  const pairs = receivedPairs(bed.logs);
  const atService = ({ client, server }: ComparedEdge): number =>
    result.attempts.filter(
      (attempt) =>
        attempt.client === client &&
        `${SHOP}/${attempt.scenario}` === server &&
        pairs.some((pair) => pair.server === server && isOf(pair, attempt)),
    ).length;
  const invented = result.edges.filter(
    (edge) => edge.graph.requests > edge.truth.requests + atService(edge) || edge.graph.failed > edge.truth.failed,
  );
  assertNone(invented, result.attempts, pairs);
  // An edge that lacks one connection and has another one twice would look right.
  const matched = match(result.attempts, pairs);
  assert.deepEqual(matched.repeated, []);
  const connections = result.attempts.filter(({ source }) => source !== null).length;
  console.log(`${matched.missed.length} of ${connections} connections are missing, none is there twice`);
  return matched;
}

/**
 * Snapshots from before and after, merged, say when each node was not observed: nothing is missing at any other time. On a
 * busy machine an agent may be away for longer than packets wait for it: then the snapshot says so of its node.
 */
async function assertStatedGaps(before: Snapshot, { attempts }: LedgerResult, missed: readonly Attempt[]) {
  const after = await Snapshot.take(bed, `${before.name}-and-after`);
  const { snapshot, said } = await before.mergedWith(after);
  const { gaps } = snapshot;
  const isInGap = ({ node, time, endTime }: Attempt) =>
    (node !== null && after.incompleteNodes.has(node)) ||
    gaps.some((gap) => gap.node === node && gap.fromMicros <= endTime * 1_000 && time * 1_000 <= gap.toMicros);
  assert.deepEqual(
    missed.filter((attempt) => !isInGap(attempt)),
    [],
    said,
  );
  // The graph of the agents: at least what was outside the gaps, and no more than there was.
  const counted = snapshot.established(SHOP) - before.established(SHOP);
  const connected = attempts.filter(({ source }) => source !== null);
  const outside = connected.filter((attempt) => !isInGap(attempt)).length;
  console.log(`${counted} connections in snapshots, of ${connected.length}, ${outside} of them outside gaps\n${said}`);
  assert.ok(outside <= counted && counted <= connected.length, `${outside} ${counted} ${connected.length}`);
  return { gaps, said };
}

/** Resolves when this many calls were made. */
function called(ledger: Ledger, count = MANY): Promise<void> {
  const wanted = ledger.attempts().length + count;
  return until(`${count} calls`, () => ledger.attempts().length >= wanted);
}

async function scaled(replicas: Readonly<Record<string, number>>): Promise<void> {
  for (const [name, count] of Object.entries(replicas)) {
    await bed.kubectl("-n", SHOP, "scale", `deployment/${name}`, `--replicas=${count}`);
  }
  await bed.rolledOut(SHOP, ...Object.keys(replicas).map((name) => `deployment/${name}`));
  for (const [name, count] of Object.entries(replicas)) {
    await until(`${name} has ${count} pods`, async () => (await podsOf(bed, SHOP, `app=${name}`)).length === count);
  }
}

test("Deployments restart, pod by pod: the graph is the truth", async () => {
  const ledger = await Ledger.open(bed, GATE);
  await bed.kubectl("-n", SHOP, "rollout", "restart", "deployment/api", "deployment/red", "daemonset/caller");
  await bed.rolledOut(SHOP, "deployment/api", "deployment/red", "daemonset/caller");
  assertTruth(await ledger.close());
});

test("N1 Deployments grow and shrink, and pods of one get the addresses of the other: the graph is the truth", async () => {
  const owners = new Map<string, Set<string>>();
  const note = async () => {
    for (const app of ["red", "blue"]) {
      for (const { status } of await podsOf(bed, SHOP, `app=${app}`)) {
        const address = status.podIP ?? "";
        owners.set(address, (owners.get(address) ?? new Set()).add(app));
      }
    }
  };
  const ledger = await Ledger.open(bed, GATE);
  for (const name of ["red", "blue", "red", "blue"]) {
    await scaled({ [name]: 12 });
    await note();
    await scaled({ [name]: 1 });
  }
  assertTruth(await ledger.close());
  const reused = [...owners.values()].filter((apps) => apps.size > 1).length;
  assert.ok(reused >= 2, `${reused} addresses were used by both`);
});

test("K2 the API server restarts: the graph is the truth", async () => {
  const ledger = await Ledger.open(bed, GATE);
  await called(ledger);
  await bed.kill("kube-apiserver");
  await until(
    "the API server answers",
    async () => (await bed.kubectl("get", "--raw", "/readyz").catch(() => "")) === "ok",
  );
  await bed.kubectl("-n", SHOP, "rollout", "restart", "deployment/api");
  await bed.rolledOut(SHOP, "deployment/api");
  assertTruth(await ledger.close());
});

test("a node is added: once its agent is ready, its pods are in the graph", async () => {
  await bed.addNode();
  await bed.rolledOut(OBSERVABILITY, "daemonset/wirespan");
  await bed.rolledOut(SHOP, "daemonset/caller");
  const ledger = await Ledger.open(bed, GATE);
  await until("pods of the new node have called", () =>
    ledger.attempts().some(({ node, outcome }) => node === "n3" && outcome === "established"),
  );
  await called(ledger);
  assertTruth(await ledger.close());
});

test("the Collector moves to another node: the pairs of the time without it arrive, and those that are too old are counted", async () => {
  const droppedBefore = await droppedPairs(bed);
  await bed.kubectl("-n", OBSERVABILITY, "scale", "deployment/collector", "--replicas=0");
  await until("it is gone", async () => (await podsOf(bed, OBSERVABILITY, "app=collector")).length === 0);
  const ledger = await Ledger.open(bed, GATE, true);
  await called(ledger, FEW);
  await bed.apply(onNode("n2"));
  await bed.rolledOut(OBSERVABILITY, "deployment/collector");
  await called(ledger);
  const result = await ledger.close();
  const dropped = (await droppedPairs(bed)) - droppedBefore;
  // On a machine that is busy with other things, it may be away for longer than the 25 s after which pairs are too old.
  if (dropped === 0) return assertTruth(result);
  const { missed } = assertNoPhantom(result);
  assert.ok(missed.length <= dropped, `${missed.length} are missing, ${dropped} were dropped`);
});

test("wirespan is upgraded under traffic: nothing is invented, and what is missing lies in gaps that the graph states", async () => {
  const before = await Snapshot.take(bed, "before-upgrade");
  const ledger = await Ledger.open(bed, GATE);
  await called(ledger);
  const upgraded = await installChart(bed, { ...VALUES, podAnnotations: { upgraded: "yes" } });
  assert.equal(upgraded.code, 0, upgraded.stderr);
  await bed.rolledOut(OBSERVABILITY, "daemonset/wirespan");
  await called(ledger);
  const result = await ledger.close(SOME_MISSING_MILLIS);
  const { missed } = assertNoPhantom(result);
  const { gaps } = await assertStatedGaps(before, result, missed);
  assert.deepEqual([...new Set(gaps.map(({ node }) => node))].toSorted(), ["n1", "n2", "n3"]);
});

test("one agent is killed: nothing is invented, what is missing lies in its node's gap, then the graph is the truth again", async () => {
  const [pod] = await podsOf(bed, OBSERVABILITY, AGENTS);
  const agent = pod?.status.containerStatuses?.find(({ name }) => name === "agent");
  assert.ok(agent !== undefined);
  const before = await Snapshot.take(bed, "before-kill");
  const ledger = await Ledger.open(bed, GATE);
  await called(ledger);
  process.kill(bed.containerPid(agent.containerID), "SIGKILL");
  await until("the agent was restarted", async () => {
    const pods = await podsOf(bed, OBSERVABILITY, AGENTS);
    return pods.some(({ status }) => (status.containerStatuses ?? []).some(({ restartCount }) => restartCount > 0));
  });
  await bed.rolledOut(OBSERVABILITY, "daemonset/wirespan");
  await called(ledger);
  const result = await ledger.close(SOME_MISSING_MILLIS);
  const { missed } = assertNoPhantom(result);
  const { gaps, said } = await assertStatedGaps(before, result, missed);
  const [gap] = gaps;
  assert.deepEqual([gaps.length, gap?.node], [1, pod?.spec.nodeName]);
  assert.match(said, new RegExp(`node ${gap?.node} was not observed for [0-9.]+ s from `));
  const later = await Ledger.open(bed, GATE);
  await called(later);
  assertTruth(await later.close());
});
