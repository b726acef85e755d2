// EDGE: fs
// The connections of a recording as packets have them after NAT, from what the programs at both ends wrote down.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TruthLine } from "../../../scripts/accuracy/truth.ts";
import { NAMESPACE_LABEL } from "../../../src/access/policies/namespace-label.ts";
import type { Labels } from "../../../src/model/service-graph.ts";
import type { Connection, Peer } from "./cyclonus.ts";

interface PodObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels?: Labels };
  readonly spec: {
    readonly hostNetwork?: boolean;
    readonly containers: readonly { readonly ports?: readonly { containerPort: number; name?: string }[] }[];
  };
  readonly status: { readonly podIPs?: readonly { readonly ip: string }[] };
}

interface NodeObject {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly status: { readonly addresses?: readonly { readonly type: string; readonly address: string }[] };
}

/** The objects of a recording. */
interface Objects {
  /** All pods that there were, by name. */
  readonly pods: ReadonlyMap<string, PodObject>;
  /** Name by address. */
  readonly nodes: ReadonlyMap<string, string>;
  readonly isNodeLocal: boolean;
}

interface SeenLine extends TruthLine {
  readonly server_saw?: readonly [string, number];
}

/** A connection that a program made, or a DNS query of one, in the direction that one side's policies judge. */
export interface Observed {
  readonly title: string;
  readonly direction: "egress" | "ingress";
  readonly connection: Connection;
}

const DNS_PORT = 53;
const NODE_LOCAL = "169.254.20.10";

/** What policies must let pass: each connection that succeeded, and the DNS queries before it. */
export function observedConnections(folder: string): readonly Observed[] {
  const objects = objectsOf(folder);
  const lines = readFileSync(join(folder, "truth.jsonl"), "utf8").trimEnd().split("\n");
  return lines
    .map((line) => JSON.parse(line) as SeenLine)
    .flatMap((line) => [...connectionsOf(line, objects), ...queriesOf(line, objects)]);
}

function objectsOf(folder: string): Objects {
  type AnyObject = PodObject | NodeObject;
  const read = (file: string): string => readFileSync(join(folder, file), "utf8");
  const { items } = JSON.parse(read("cluster.json")) as { readonly items: AnyObject[] };
  const lines = read("events.jsonl").trimEnd().split("\n");
  const all = [...lines.map((line) => (JSON.parse(line) as { readonly object: AnyObject }).object), ...items];
  const { dns } = JSON.parse(read("lab.json")) as { readonly dns?: string };
  return {
    pods: new Map(all.flatMap((one) => (one.kind === "Pod" ? [[one.metadata.name, one as PodObject]] : []))),
    nodes: new Map(
      all.flatMap(({ kind, metadata, status }) =>
        kind !== "Node"
          ? []
          : ((status as NodeObject["status"]).addresses ?? []).map(({ address }): [string, string] => [
              address,
              metadata.name,
            ]),
      ),
    ),
    isNodeLocal: dns !== undefined && dns !== "cluster",
  };
}

function connectionsOf(line: SeenLine, { pods, nodes }: Objects): readonly Observed[] {
  const { server_addr: served, dialled } = line;
  // The API has it that nothing blocks a pod's own node, from which its kubelet probes; cyclonus knows no nodes.
  if (line.client.kubelet !== undefined) return [];
  if (line.kind !== "connection" || line.outcome !== "ok" || line.visible === false || served === undefined) return [];
  const [client, server] = [podAt(line.client.pod, pods), podAt(line.server?.pod, pods)];
  const source = line.client_addr?.[0] ?? line.server_saw?.[0] ?? "";
  // A hairpin gets its client's address replaced only after it has passed the policies.
  const seen = client !== null && client === server ? source : (line.server_saw?.[0] ?? source);
  const common = { protocol: "TCP", portName: server === null ? "" : portName(server, served[1]) } as const;
  const title = `${line.case}: ${line.expect?.client} to ${line.expect?.server}, ${dialled}`;
  const [dialledAddress, dialledPort] = splitAddress(dialled ?? "");
  // The client's node translates addresses of Services and its own node ports, not those of another node.
  const node = nodes.get(dialledAddress);
  const isUntranslated = server !== null && node !== undefined && node !== line.client.node;
  const [address, port] = isUntranslated ? [dialledAddress, dialledPort] : served;
  return [
    {
      title,
      direction: "egress",
      connection: {
        ...common,
        port,
        source: peerOf(client, source),
        destination: peerOf(isUntranslated ? null : server, address),
      },
    },
    {
      title,
      direction: "ingress",
      connection: {
        ...common,
        port: served[1],
        source: peerOf(seen === source ? client : null, seen),
        destination: peerOf(server, served[0]),
      },
    },
  ];
}

/** Over UDP, and over TCP for truncated answers. */
function queriesOf(line: SeenLine, { pods, isNodeLocal }: Objects): readonly Observed[] {
  const client = podAt(line.client.pod, pods);
  if (line.t_lookup === undefined || client === null) return [];
  const source = peerOf(client, line.client_addr?.[0] ?? client.status.podIPs?.[0]?.ip ?? "");
  const servers = [...pods.values()].filter(({ metadata }) => metadata.labels?.["k8s-app"] === "kube-dns");
  const destinations: Peer[] = isNodeLocal
    ? [{ address: NODE_LOCAL, pod: null }]
    : servers.map((server) => peerOf(server, server.status.podIPs?.[0]?.ip ?? ""));
  return destinations.flatMap((destination) =>
    (["UDP", "TCP"] as const).flatMap((protocol) =>
      (["egress", "ingress"] as const).map((direction) => ({
        title: `DNS of ${line.expect?.client}`,
        direction,
        connection: { source, destination, protocol, port: DNS_PORT, portName: "" },
      })),
    ),
  );
}

/** Null: not a pod with a network of its own. */
function podAt(name: string | undefined, pods: ReadonlyMap<string, PodObject>): PodObject | null {
  const pod = name === undefined ? undefined : pods.get(name);
  return pod === undefined || pod.spec.hostNetwork === true ? null : pod;
}

function peerOf(pod: PodObject | null, address: string): Peer {
  if (pod === null) return { address, pod: null };
  const { namespace, labels = {} } = pod.metadata;
  return { address, pod: { namespace, labels, namespaceLabels: { [NAMESPACE_LABEL]: namespace } } };
}

function portName({ spec }: PodObject, port: number): string {
  const ports = spec.containers.flatMap((container) => container.ports ?? []);
  return ports.find(({ containerPort }) => containerPort === port)?.name ?? "";
}

/** `10.1.2.3:80` or `[fd00::1]:80` */
function splitAddress(text: string): readonly [string, number] {
  const at = text.lastIndexOf(":");
  return [text.slice(0, at).replace(/^\[|\]$/g, ""), Number(text.slice(at + 1))];
}
