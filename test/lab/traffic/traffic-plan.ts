import { endsAt, startsAt } from "../cluster/cluster-life.ts";
import { type LabCluster, type LabNode, type LabPod, workloadKey } from "../cluster/cluster-plan.ts";
import type { Random } from "../cluster/random.ts";
import type { ClientAction, ConnectOutcome } from "../programs/program-messages.ts";

/** Who dials: a pod (on the host network: a process of its node), a machine outside, or the kubelet's probes. */
export type Client =
  | { readonly type: "pod"; readonly pod: LabPod }
  | { readonly type: "outside" }
  | { readonly type: "kubelet"; readonly node: LabNode };

/** The expected server; the pod of a workload reports itself, or is the only one. Null without a connection. */
export type Target =
  | { readonly type: "workload"; readonly key: string }
  | { readonly type: "external"; readonly name: string }
  | { readonly type: "service"; readonly key: string }
  | null;

/** An action with what must come of it. */
export interface PlannedAction {
  readonly case: string;
  readonly client: Client;
  readonly target: Target;
  readonly outcome: Exclude<ConnectOutcome, "error">;
  /** Node of the reporting agent if all nodes have agents. */
  readonly reporter: string;
  /** `atMs` counts from the beginning of the traffic. */
  readonly action: ClientAction;
}

/** What a route needs to say; the rest has defaults. */
export interface Dial {
  readonly case: string;
  readonly client: Client;
  readonly at: number;
  readonly target: Target;
  readonly name?: string;
  readonly address?: string;
  readonly port?: number;
  readonly family?: 0 | 4 | 6;
  readonly connections?: number;
  readonly gapMs?: number;
  readonly outcome?: PlannedAction["outcome"];
  /** Entry node of a connection from outside. */
  readonly entry?: LabNode;
  /** All connections of the action leave from one port. */
  readonly samePort?: boolean;
}

/** A connection with an optional time; random by default. */
export type Case = Omit<Dial, "at"> & { readonly at?: number };

/** Collects actions; gives each its number and its own source ports. */
export class TrafficPlanner {
  readonly cluster: LabCluster;
  readonly seconds: number;
  readonly random: Random;
  readonly actions: PlannedAction[] = [];
  readonly #ports: number[];

  constructor(cluster: LabCluster, seconds: number, random: Random) {
    this.cluster = cluster;
    this.seconds = seconds;
    this.random = random;
    this.#ports = random.shuffled(Array.from({ length: 20_000 }, (_, i) => 33_000 + i));
  }

  add(dial: Dial): void {
    const { client, connections = dial.port === undefined ? 0 : 1 } = dial;
    const ports = Array.from({ length: connections }, () => this.#ports.pop() ?? 0);
    const isV6 = dial.address?.includes(":") ?? false;
    const { outsideClients } = this.cluster;
    this.actions.push({
      case: dial.case,
      client,
      target: dial.target,
      outcome: dial.outcome ?? "ok",
      reporter: dial.entry?.name ?? homeOf(client)?.name ?? "",
      action: {
        id: this.actions.length + 1,
        atMs: dial.at * 1000,
        name: dial.name ?? null,
        address: dial.address ?? null,
        family: dial.family ?? 0,
        port: dial.port ?? 0,
        connections,
        gapMs: dial.gapMs ?? 40,
        from: client.type === "outside" ? (isV6 ? outsideClients.v6 : outsideClients.v4) : null,
        localPorts: dial.samePort ? ports.map(() => ports[0] ?? 0) : ports,
      },
    });
  }

  /** A moment at which the pod lives and that leaves time for what follows. */
  momentOf(pod: LabPod, spareSeconds = 0.6): number {
    const from = Math.max(0.3, startsAt(pod, this.seconds));
    const to = Math.min(this.seconds - spareSeconds, endsAt(pod, this.seconds) - spareSeconds);
    return from + this.random.next() * Math.max(0, to - from);
  }

  podsOf(key: string): readonly LabPod[] {
    return this.cluster.pods.filter(({ workload }) => workloadKey(workload) === key);
  }

  /** A pod of the workload, as a client. */
  clientOf(key: string): { readonly type: "pod"; readonly pod: LabPod } {
    return { type: "pod", pod: this.random.pick(this.podsOf(key)) };
  }

  nodePortOf(key: string): number {
    const service = this.cluster.services.find(({ workloads }) => workloads.includes(key));
    return service?.ports.find(({ nodePort }) => nodePort !== null)?.nodePort ?? 0;
  }
}

export function homeOf(client: Client): LabNode | null {
  if (client.type === "outside") return null;
  return client.type === "pod" ? client.pod.node : client.node;
}
