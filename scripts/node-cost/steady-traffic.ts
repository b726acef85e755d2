// A node whose pods send and answer at a constant rate, and the truth about it.
import type { CountedEdge } from "../../test/collector/support/counted-edges.ts";
import type { BusyNode } from "./busy-node.ts";
import { CLIENTS, planNode, SERVED_PORT, SERVERS, SERVICE_PORT, type Turn, workload } from "./node-plan.ts";
import type { PodProgram } from "./pod-program.ts";

const WEB = workload(SERVERS, "web", SERVED_PORT);
const API = workload(SERVERS, "api", SERVED_PORT);
const CART = workload(CLIENTS, "cart", null);
const CHECKOUT = workload(CLIENTS, "checkout", null);

/**
 * What clients in another Kubernetes namespace look up. With `ndots:5` each is asked for as `web.shop.front.svc.cluster.local`
 * at first, which does not exist: four questions a connection, A and AAAA of both forms.
 */
export const LOOKED_UP: readonly string[] = [`web.${SERVERS}`, `api.${SERVERS}`];

const SERVER_SLOTS = [1, 2];
const CLIENT_SLOTS = [3, 4, 5, 6];

/** Two pods that serve, and four that dial; all for the whole run. */
export function steadyPlan() {
  const whole = { from: 0, to: 1 };
  const servers = SERVER_SLOTS.map((slot, i): Turn => ({ ...whole, slot, workload: i === 0 ? WEB : API }));
  const clients = CLIENT_SLOTS.map((slot, i): Turn => ({ ...whole, slot, workload: i % 2 === 0 ? CART : CHECKOUT }));
  return planNode([...servers, ...clients]);
}

/** Attempts by `namespace/name namespace/name` of client and server. */
export type EdgeCounts = Map<string, number>;

export class SteadyTraffic {
  readonly #clients: readonly { readonly program: PodProgram; readonly client: string }[];

  private constructor(node: BusyNode) {
    this.#clients = node.cluster.pods
      .filter(({ slot }) => CLIENT_SLOTS.includes(slot))
      .map((pod) => ({ program: node.program(pod), client: `${pod.workload.namespace}/${pod.workload.name}` }));
  }

  /** Servers answer; clients are ready and pause. `reuses`: half of all requests go over open connections. */
  static async start(node: BusyNode, reuses: boolean): Promise<SteadyTraffic> {
    for (const pod of node.cluster.pods.filter(({ slot }) => SERVER_SLOTS.includes(slot))) {
      const identity = `${pod.workload.namespace}/${pod.workload.name}`;
      await node.program(pod).ask({ type: "serve", port: SERVED_PORT, identity }, "serving");
    }
    const traffic = new SteadyTraffic(node);
    for (const { program } of traffic.#clients) {
      await program.ask({ type: "load", names: LOOKED_UP, port: SERVICE_PORT, reuses }, "loading");
    }
    return traffic;
  }

  /** New connections a second from now on, of all clients together; with `reuses` as many requests on open ones. */
  rate(perSecond: number): void {
    for (const { program } of this.#clients)
      program.send({ type: "rate", perSecond: perSecond / this.#clients.length });
  }

  /** Pauses; resolves with what was answered since the last time. Throws if an attempt failed: the load itself was wrong. */
  async settle(): Promise<EdgeCounts> {
    const counts: EdgeCounts = new Map();
    const reports = this.#clients.map(async ({ program, client }) => {
      const { answered, failed } = await program.ask({ type: "settle" }, "attempts");
      if (Object.keys(failed).length > 0) throw new Error(`${client} failed to connect: ${JSON.stringify(failed)}`);
      for (const [server, count] of Object.entries(answered)) {
        const key = `${client} ${server}`;
        counts.set(key, (counts.get(key) ?? 0) + count);
      }
    });
    await Promise.all(reports);
    return counts;
  }

  /** Milliseconds of all requests since the last time. */
  async latencies(): Promise<{ readonly fresh: readonly number[]; readonly reused: readonly number[] }> {
    const reports = await Promise.all(
      this.#clients.map(({ program }) => program.ask({ type: "latencies" }, "latencies")),
    );
    const failures = reports.reduce((sum, report) => sum + report.failures, 0);
    if (failures > 0) throw new Error(`${failures} requests failed`);
    return { fresh: reports.flatMap(({ fresh }) => fresh), reused: reports.flatMap(({ reused }) => reused) };
  }
}

export function add(to: EdgeCounts, more: EdgeCounts): void {
  for (const [edge, count] of more) to.set(edge, (to.get(edge) ?? 0) + count);
}

export const total = (counts: EdgeCounts) => [...counts.values()].reduce((sum, count) => sum + count, 0);

export function countsOf(edges: readonly CountedEdge[]): EdgeCounts {
  return new Map(
    edges.map((e) => [`${e.clientNamespace}/${e.client} ${e.serverNamespace}/${e.server}`, e.requests] as const),
  );
}

/** One sentence for each edge whose count differs. */
export function differences(truth: EdgeCounts, counted: EdgeCounts): string[] {
  return [...new Set([...truth.keys(), ...counted.keys()])].toSorted().flatMap((edge) => {
    const [made, seen] = [truth.get(edge) ?? 0, counted.get(edge) ?? 0];
    return made === seen ? [] : [`${edge.replace(" ", " to ")}: ${made} connections, ${seen} counted`];
  });
}
