import fc from "fast-check";
import { check, type Verdict } from "../../../src/access/check/check.ts";
import { selects } from "../../../src/access/check/label-selector.ts";
import { readNetworkPolicy } from "../../../src/access/check/network-policies.ts";
import { trafficOf } from "../../../src/access/check/traffic.ts";
import type { End } from "../../../src/model/interaction.ts";
import type { Labels } from "../../../src/model/service-graph.ts";
import { described, description } from "../../access/support/described.ts";
import { call, graphOf, workload } from "../../answers/support/graphs.ts";
import { type Manifest, randomPolicy, type Vocabulary } from "../../engines/support/random-policies.ts";
import type { LabCluster, LabPod } from "../cluster/cluster-plan.ts";
import { podLabels } from "../cluster/kubernetes-objects.ts";
import { type Neighbor, TEAMS } from "./policed-lab.ts";

/**
 * Random policies of the laboratory's words. kube-router knows the name of a port in an egress rule only where the rule selects
 * pods, so these have none.
 */
export function labPolicies(cluster: LabCluster, count: number): fc.Arbitrary<readonly Manifest[]> {
  const own = cluster.pods.filter(({ slot }) => slot >= 0).map(({ workload }) => workload);
  const vocabulary: Vocabulary = {
    namespaces: [...new Set(own.map(({ namespace }) => namespace))].filter((name) => name !== "kube-system"),
    podLabels: {
      app: own.map((one) => podLabels(one).app ?? "").filter((app) => app !== ""),
      color: ["blue", "green"],
    },
    namespaceLabels: {
      "kubernetes.io/metadata.name": own.map(({ namespace }) => namespace),
      team: Object.values(TEAMS),
    },
    notIn: [
      ["app", "color"],
      ["kubernetes.io/metadata.name", "team"],
    ],
    blocks: [
      "0.0.0.0/0",
      "::/0",
      ...cluster.nodes.flatMap(({ podCidr }) => [podCidr.v4, podCidr.v6]),
      cluster.podRange.v4,
      "203.0.113.0/24",
      `${cluster.outsideClients.v4}/32`,
      "198.18.0.0/15",
    ],
    ports: [...new Set(own.flatMap(({ port }) => port ?? [])), 443],
    portNames: ["http", "none"],
    namesInEgress: false,
  };
  return fc.tuple(...Array.from({ length: count }, (_, i) => randomPolicy(vocabulary, i)));
}

/**
 * Whether kube-router 2.1.0 mixes the directions: a policy for both that selects the client and the server is one chain there,
 * so that what it allows into the server may also leave the client.
 */
export function isMixed({ from, to }: Neighbor, policies: readonly object[]): boolean {
  if (from === null || to === null) return false;
  return policies.map(readNetworkPolicy).some(
    ({ namespace, pods, ingress, egress }) =>
      ingress !== null &&
      egress !== null &&
      [from, to].every(({ workload }) => {
        const known = { labels: podLabels(workload), isOpen: () => false };
        return workload.namespace === namespace && selects(pods, known) === "yes";
      }),
  );
}

/** What `policies check` says of each attempt that is not allowed, had it been observed. */
export function checkedVerdicts(
  attempts: readonly Neighbor[],
  policies: readonly object[],
): ReadonlyMap<Neighbor, Verdict["result"]> {
  const read = policies.map(readNetworkPolicy);
  const names = attempts.flatMap(({ from, to }) => [from, to].flatMap((pod) => pod?.workload.namespace ?? []));
  const namespaces = new Map(
    names.map((name): [string, Labels] => {
      const team = TEAMS[name];
      return [name, { "kubernetes.io/metadata.name": name, ...(team === undefined ? {} : { team }) }];
    }),
  );
  return new Map(
    attempts.flatMap((attempt): [Neighbor, Verdict["result"]][] => {
      const verdicts = check(trafficOf(graphFor(attempt)), read, namespaces);
      if (verdicts.length === 0) return [];
      return [[attempt, verdicts.some(({ result }) => result === "blocked") ? "blocked" : "unknown"]];
    }),
  );
}

/** The graph of that one connection. */
function graphFor({ from, to, source, address, port }: Neighbor) {
  const at = { address, port };
  const client = { address: source ?? "192.0.2.1", port: 40_000 };
  const graph = graphOf([call(endOf(from), endOf(to), { serverAddress: at, dialled: at, clientAddress: client })]);
  return described(graph, Object.fromEntries([from, to].flatMap((pod) => (pod === null ? [] : [descriptionOf(pod)]))));
}

function endOf(pod: LabPod | null): End {
  return pod === null ? { type: "external", name: "outside" } : workload(pod.workload.name, pod.workload.namespace);
}

function descriptionOf({ workload: { namespace, name, port, portName, ...rest } }: LabPod): [string, object] {
  const labels = podLabels({ namespace, name, port, portName, ...rest });
  const ports = port === null ? [] : [{ name: portName, port }];
  return [`workload/${namespace}/${name}`, { workload: [description(labels, { ports })] }];
}
