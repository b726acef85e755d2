// G4: random policies and random traffic, judged by `policies check` and by cyclonus. Both get the same manifests; cyclonus
// also gets what the graph does not know (addresses of pods, labels of one revision, labels of namespaces without an object), in
// every form that matters, so that "not decided" is right only where these decide.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { check, type Verdict } from "../../src/access/check/check.ts";
import { addManifests, newManifests } from "../../src/access/check/manifests.ts";
import { trafficOf } from "../../src/access/check/traffic.ts";
import type { End } from "../../src/model/interaction.ts";
import type { Labels } from "../../src/model/service-graph.ts";
import { described, description } from "../access/support/described.ts";
import { call, graphOf, workload } from "../answers/support/graphs.ts";
import { type Answer, askCyclonus, type Connection, type Peer } from "./support/cyclonus.ts";
import {
  ADDRESSES,
  NODE_ADDRESS,
  type RandomEnd,
  REVISION,
  REVISIONS,
  type Sample,
  samples,
  seedOf,
} from "./support/random-policies.ts";

const SEED = Number(process.env.WIRESPAN_ENGINES_SEED ?? Math.floor(Math.random() * 2 ** 31));
const SAMPLES = 120;
const DIRECTIONS = ["egress", "ingress"] as const;
const TEAMS = [undefined, "red", "blue", "other"];
const FORMS = ADDRESSES.length * TEAMS.length;

test(`G4: the check agrees with cyclonus on each of ${SAMPLES} sets of policies (seed ${SEED}; WIRESPAN_ENGINES_SEED)`, async (t) => {
  const made = Array.from({ length: SAMPLES }, (_, i) => {
    const [sample] = fc.sample(samples(`s${i}`), { numRuns: 1, seed: seedOf(SEED, i) });
    return sample as Sample;
  });
  const asked = made.map(questionsOf);
  const answers = await askCyclonus(
    made.flatMap(({ policies }) => policies.map(withDefaultTypes)),
    asked.flat(2),
  );
  const counts = { allowed: 0, blocked: 0, unknown: 0 };
  let known = 0;
  const wrong: { readonly size: number; readonly text: string }[] = [];
  let at = 0;
  for (const [i, sample] of made.entries()) {
    const verdicts = verdictsOf(sample);
    for (const [j, { client, server, port }] of sample.connections.entries()) {
      const forms = asked[i]?.[j] ?? [];
      const given = answers.slice(at, at + forms.length);
      at += forms.length;
      for (const direction of DIRECTIONS) {
        const result = verdicts.get(`${nodeId(sample, client)} ${nodeId(sample, server)} ${port} ${direction}`);
        counts[result ?? "allowed"]++;
        const mustKnow = isKnown(sample, client, server, direction);
        if (mustKnow) known++;
        if (isRight(result, given, direction) && !(mustKnow && result === "unknown")) continue;
        const text = JSON.stringify(readable(sample, client, server, port, direction));
        wrong.push({ size: text.length, text: `wirespan: ${result ?? "allowed"}, sample ${i}: ${text}` });
      }
    }
  }
  const [smallest] = wrong.sort((a, b) => a.size - b.size);
  assert.equal(smallest, undefined, `${wrong.length} verdicts differ, the smallest:\n${smallest?.text}`);
  t.diagnostic(`${JSON.stringify(counts)}, ${known} of them known, ${answers.length} questions, seed ${SEED}`);
  const total = counts.allowed + counts.blocked + counts.unknown;
  for (const count of Object.values(counts)) assert.ok(count > total / 50, JSON.stringify(counts));
  assert.ok(counts.unknown < total / 3, JSON.stringify(counts));
  assert.ok(known > total / 5, `${known} of ${total}`);
});

test("two differences of cyclonus from Kubernetes are still there, so the random policies leave them out", async () => {
  const pod = { namespace: "n", labels: {}, namespaceLabels: {} };
  const end = { address: "10.0.0.1", pod };
  const question = { source: end, destination: end, protocol: "TCP", port: 80, portName: "" } as const;
  const isolating = (podSelector: object): object => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "one", namespace: "n" },
    spec: { podSelector, policyTypes: ["Ingress"] },
  });
  // Kubernetes: an object without the key is selected.
  const notIn = isolating({ matchExpressions: [{ key: "app", operator: "NotIn", values: ["web"] }] });
  assert.deepEqual(await askCyclonus([notIn], [question]), [{ egress: true, ingress: true }]);
  // Kubernetes: an object without the key is not selected.
  const empty = isolating({ matchLabels: { app: "" } });
  assert.deepEqual(await askCyclonus([empty], [question]), [{ egress: true, ingress: false }]);
});

/** As the API server fills it in. */
function withDefaultTypes(policy: Sample["policies"][number]): object {
  const { policyTypes, egress } = policy.spec as { policyTypes?: string[]; egress?: object[] };
  const types = policyTypes ?? ["Ingress", ...((egress ?? []).length > 0 ? ["Egress"] : [])];
  return { ...policy, spec: { ...policy.spec, policyTypes: types } };
}

/** What is right in view of all that the graph does not know. */
function isRight(result: Verdict["result"] | undefined, answers: readonly Answer[], direction: "egress" | "ingress") {
  const passes = new Set(answers.map((answer) => answer[direction]));
  if (result === undefined) return !passes.has(false);
  if (result === "blocked") return !passes.has(true);
  // Several rules together may leave no doubt where none does so alone.
  return answers.length > 1;
}

/** Whether the check knows all that the policies of one end ask for: "not decided" is then wrong, whatever cyclonus says. */
function isKnown(sample: Sample, client: RandomEnd, server: RandomEnd, direction: "egress" | "ingress"): boolean {
  const [own, peer] = direction === "egress" ? [client, server] : [server, client];
  if ("address" in own) return true;
  const { namespace } = podOf(sample, own.pod);
  const asked = JSON.stringify(sample.policies.filter(({ metadata }) => metadata.namespace === namespace));
  if (asked.includes(REVISION)) return false;
  if ("address" in peer) return peer.address !== NODE_ADDRESS;
  // The graph has no addresses of pods.
  return sample.described.has(podOf(sample, peer.pod).namespace) && !asked.includes("ipBlock");
}

/** For each connection: one question, or one for each form of what the graph does not know. */
function questionsOf(sample: Sample): readonly (readonly Connection[])[] {
  return sample.connections.map(({ client, server, port }) => {
    const known = [client, server].flatMap((end) => ("address" in end ? [end.address] : []));
    const isV6 = known.map((address) => address.includes(":"));
    const addresses = ADDRESSES.filter((address) => isV6.every((one) => one === address.includes(":")));
    const named = "pod" in server ? sample.pods[server.pod]?.ports.get(port) : undefined;
    return Array.from({ length: FORMS }, (_, form) => ({
      source: peerOf(sample, client, addresses, form),
      destination: peerOf(sample, server, addresses, form),
      protocol: "TCP" as const,
      port,
      portName: named ?? "",
    }));
  });
}

function peerOf(sample: Sample, end: RandomEnd, addresses: readonly string[], form: number): Peer {
  if ("address" in end) return { address: end.address, pod: null };
  const { namespace, labels } = podOf(sample, end.pod);
  const team = TEAMS[form % TEAMS.length];
  const known = sample.namespaces.get(namespace) ?? {};
  const { team: _, ...named } = known;
  const namespaceLabels: Labels = sample.described.has(namespace)
    ? known
    : { ...named, ...(team === undefined ? {} : { team }) };
  const revision = [undefined, ...REVISIONS][form % (REVISIONS.length + 1)];
  return {
    address: addresses[form % addresses.length] ?? "",
    pod: {
      namespace,
      labels: revision === undefined ? labels : { ...labels, [REVISION]: revision },
      namespaceLabels,
    },
  };
}

function podOf({ pods }: Sample, index: number): Sample["pods"][number] {
  const pod = pods[index];
  if (pod === undefined) throw new Error(`no pod ${index}`);
  return pod;
}

/** Verdicts by client, server, port and direction, as the command finds them: from the graph and the text of manifests. */
function verdictsOf(sample: Sample): ReadonlyMap<string, Verdict["result"]> {
  const calls = sample.connections.map(({ client, server, port }) =>
    call(endOf(sample, client), endOf(sample, server), {
      serverAddress: { address: "address" in server ? server.address : "10.1.2.3", port },
      clientAddress: { address: "address" in client ? client.address : "10.1.2.3", port: 40_000 },
    }),
  );
  const workloads = sample.pods.map(({ labels, ports, namespace }, i) => [
    `workload/${namespace}/w${i}`,
    { workload: [description(labels, { ports: [...ports].map(([port, name]) => ({ name, port })) })] },
  ]);
  const graph = described(graphOf(calls), Object.fromEntries(workloads));
  const manifests = newManifests();
  const namespaces = [...sample.described].map((name) => ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels: sample.namespaces.get(name) },
  }));
  const items = [...sample.policies, ...namespaces];
  addManifests(manifests, JSON.stringify({ apiVersion: "v1", kind: "List", items }), "the sample");
  const verdicts = check(trafficOf(graph), manifests.policies, manifests.namespaces);
  return new Map(
    verdicts.map(({ traffic: { client, server, port }, direction, result }) => [
      `${client.id} ${typeof server === "string" ? server : server.id} ${port} ${direction}`,
      result,
    ]),
  );
}

function endOf(sample: Sample, end: RandomEnd): End {
  if ("pod" in end) return workload(`w${end.pod}`, podOf(sample, end.pod).namespace);
  const { address } = end;
  return address === NODE_ADDRESS ? { type: "node", name: "worker-1" } : { type: "external", name: nameOf(address) };
}

function nodeId(sample: Sample, end: RandomEnd): string {
  if ("pod" in end) return `workload/${podOf(sample, end.pod).namespace}/w${end.pod}`;
  return end.address === NODE_ADDRESS ? "node//node" : `external//${nameOf(end.address)}`;
}

function nameOf(address: string): string {
  return `host-${address.replaceAll(/[.:]/g, "-")}`;
}

/** What decides one verdict. */
function readable(sample: Sample, client: RandomEnd, server: RandomEnd, port: number, direction: string): object {
  const own = direction === "egress" ? client : server;
  const namespace = "pod" in own ? podOf(sample, own.pod).namespace : "";
  const endText = (end: RandomEnd): object => ("pod" in end ? podOf(sample, end.pod) : end);
  return {
    direction,
    client: endText(client),
    server: endText(server),
    port,
    portName: "pod" in server ? podOf(sample, server.pod).ports.get(port) : undefined,
    namespaces: Object.fromEntries(sample.namespaces),
    described: [...sample.described],
    policies: sample.policies.filter(({ metadata }) => metadata.namespace === namespace).map(({ spec }) => spec),
  };
}
