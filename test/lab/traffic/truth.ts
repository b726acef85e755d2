import { type LabCluster, type LabPod, workloadKey } from "../cluster/cluster-plan.ts";
import type { ClientResult, ServerAccept } from "../programs/program-messages.ts";
import { type Client, homeOf, type PlannedAction, type Target } from "./traffic-plan.ts";

/** One end as the truth names it. */
export interface TruthEnd {
  readonly namespace?: string;
  readonly workload?: string;
  readonly kind?: string;
  readonly pod?: string;
  readonly node?: string;
  readonly ip?: string;
  readonly hostNetwork?: true;
  readonly kubelet?: true;
  readonly external?: string;
  readonly service?: string;
}

/** The one report that a perfect set of agents gives; `server` of connections, `outcome` of lookups. */
export interface TruthExpectation {
  readonly client: string;
  readonly server?: string;
  readonly reporter: string;
  readonly name: string | null;
  readonly outcome?: "resolved" | "host_not_found";
}

/**
 * One line of truth.jsonl: a connection attempt, or a lookup without connection, as the programs at both ends saw it,
 * and the one report that a perfect set of agents gives. Times are seconds since the Unix epoch.
 */
export interface TruthLine {
  readonly t: number;
  readonly t_connected?: number;
  readonly t_end: number;
  readonly t_lookup?: number;
  readonly case: string;
  readonly kind: "connection" | "lookup";
  readonly client: TruthEnd;
  readonly server: TruthEnd | null;
  readonly name: string | null;
  readonly dialled: string | null;
  /** The client socket's own address, null where it never connected, and port; a lookup has none. */
  readonly client_addr?: readonly [string | null, number];
  readonly server_addr?: readonly [string, number];
  readonly server_saw?: readonly [string, number];
  readonly addresses?: readonly string[];
  readonly outcome: PlannedAction["outcome"];
  readonly reset?: true;
  readonly visible: boolean;
  readonly optional?: true;
  readonly expect: TruthExpectation;
  readonly count: 1;
}

const podEnd = (pod: LabPod): TruthEnd => ({
  namespace: pod.workload.namespace,
  workload: pod.workload.name,
  kind: pod.workload.kind,
  pod: pod.name,
  node: pod.node.name,
  ip: pod.address.v4,
  ...(pod.workload.hostNetwork ? { hostNetwork: true } : {}),
});

function clientEnd(client: Client): TruthEnd {
  if (client.type === "outside") return { external: "~outside" };
  return client.type === "pod" ? podEnd(client.pod) : { node: client.node.name, kubelet: true };
}

function clientName(client: Client): string {
  if (client.type === "outside") return "external";
  if (client.type === "kubelet") return `node:${client.node.name}`;
  return client.pod.workload.hostNetwork ? `node:${client.pod.node.name}` : workloadKey(client.pod.workload);
}

function serverEnd(cluster: LabCluster, target: Target, owner: string | undefined): TruthEnd | null {
  if (target === null) return null;
  if (target.type === "external") return { external: target.name };
  if (target.type === "service") return { service: target.key, namespace: target.key.split("/")[0] ?? "" };
  const pod = cluster.pods.find(({ name, workload }) =>
    owner === undefined ? workloadKey(workload) === target.key : name === owner,
  );
  return pod === undefined ? null : podEnd(pod);
}

function serverName(server: TruthEnd): string {
  if (server.external !== undefined) return `external:${server.external}`;
  return server.service === undefined ? `${server.namespace}/${server.workload}` : `service:${server.service}`;
}

/** Key that both ends of a connection write down. */
const connectionKey = (id: number, index: number): string => `${id} ${index}`;

const hostPort = ([address, port]: readonly [string, number]): string =>
  address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;

/** Joins what was planned (and has come true), what the client saw and what the server saw of one connection or lookup. */
function truthLine(
  cluster: LabCluster,
  planned: PlannedAction,
  result: ClientResult,
  accept: ServerAccept | undefined,
): TruthLine {
  const { client, reporter } = planned;
  const { name } = planned.action;
  const isLookup = result.dialled === null;
  const server = isLookup ? null : serverEnd(cluster, planned.target, accept?.owner);
  const expect = { client: clientName(client), name, reporter };
  const outcome = result.outcome === "ok" ? "resolved" : "host_not_found";
  const isOwnHost =
    server?.hostNetwork === true && server.node === homeOf(client)?.name && clientName(client).startsWith("node:");
  return {
    t: result.time,
    ...(result.connectedTime === null ? {} : { t_connected: result.connectedTime }),
    t_end: result.endTime,
    ...(result.lookupTime === null ? {} : { t_lookup: result.lookupTime }),
    case: planned.case,
    kind: isLookup ? "lookup" : "connection",
    client: clientEnd(client),
    server,
    name,
    dialled: result.dialled === null ? null : hostPort(result.dialled),
    ...(result.local === null ? {} : { client_addr: result.local }),
    ...(accept === undefined ? {} : { server_addr: accept.local, server_saw: accept.peer }),
    ...(result.addresses === null ? {} : { addresses: result.addresses }),
    outcome: planned.outcome,
    ...(result.reset ? { reset: true } : {}),
    visible: true,
    ...(client.type === "kubelet" || isOwnHost ? { optional: true } : {}),
    expect: server === null ? { ...expect, outcome } : { ...expect, server: serverName(server) },
    count: 1,
  };
}

/** All lines in order of time; and, as sentences, what did not come as it was planned. */
export function joinTruth(
  cluster: LabCluster,
  traffic: readonly PlannedAction[],
  results: readonly ClientResult[],
  accepts: readonly ServerAccept[],
): { readonly lines: readonly TruthLine[]; readonly problems: readonly string[] } {
  const plans = new Map(traffic.map((one) => [one.action.id, one]));
  const seen = new Map(accepts.map((one) => [connectionKey(one.id, one.index), one]));
  const lines: TruthLine[] = [];
  const problems: string[] = [];
  for (const result of results) {
    const planned = plans.get(result.id);
    if (planned === undefined) continue;
    const line = truthLine(cluster, planned, result, seen.get(connectionKey(result.id, result.index)));
    lines.push(line);
    if (result.outcome === planned.outcome) continue;
    const what = `${planned.case}: ${line.name ?? line.dialled} ended ${result.outcome} (${result.error})`;
    problems.push(`${JSON.stringify(line.expect)} ${what}, not ${planned.outcome}`);
  }
  return { lines: lines.sort((a, b) => a.t - b.t), problems };
}
