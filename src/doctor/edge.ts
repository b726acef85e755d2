// EDGE: a connection, HTTP, and time
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { type Finding, failed, ok } from "./finding.ts";
import type { Prometheus } from "./prometheus.ts";

const POLL_MILLIS = 2_000;
const ANSWER_MILLIS = 5_000;

export interface EdgeCheck {
  /** Where each try connects: a name, so that the edge has one, and an address for where DNS does not know it. */
  readonly target: { readonly name: string; readonly address: string | undefined; readonly port: number };
  /** `http://ADDRESS:PORT` of this node's agent; null: it is not asked. */
  readonly agentUrl: string | null;
  /** Null: the graph is not looked at. */
  readonly prometheus: Prometheus | null;
  /** Name of this pod's workload in the graph. */
  readonly client: string;
  readonly seconds: number;
}

/** What an agent has counted. */
interface Counts {
  readonly connections: number;
  readonly pairs: number;
}

/** Connects again and again, until the agent has reported it, the Collector has accepted it, and the graph shows it. */
export async function proveEdge(check: EdgeCheck): Promise<readonly Finding[]> {
  const end = performance.now() + check.seconds * 1_000;
  const { agentUrl } = check;
  const first = agentUrl === null ? null : await counts(agentUrl).catch((error: Error) => error);
  if (first instanceof Error) return [failed("edge", first.message)];
  let last = await evidence(check, first);
  while (!last.isComplete && performance.now() < end) {
    await tryTarget(check.target);
    await delay(POLL_MILLIS);
    last = await evidence(check, first);
  }
  return last.findings;
}

interface Evidence {
  readonly findings: readonly Finding[];
  readonly isComplete: boolean;
}

async function evidence(check: EdgeCheck, first: Counts | null): Promise<Evidence> {
  const findings = [
    ...(check.agentUrl === null || first === null ? [] : await agentEvidence(check.agentUrl, first, check.seconds)),
    ...(check.prometheus === null ? [] : [await graphEvidence(check.prometheus, check.client, check.seconds)]),
  ];
  return { findings, isComplete: findings.every(({ status }) => status === "ok") };
}

async function agentEvidence(url: string, first: Counts, seconds: number): Promise<Finding[]> {
  try {
    const now = await counts(url);
    const [connections, pairs] = [now.connections - first.connections, now.pairs - first.pairs];
    const health = connections > 0 && pairs > 0 ? "" : await notOk(url);
    return [
      connections > 0
        ? ok("edge", `the agent of this node reported connections: ${connections}`)
        : failed("edge", `the agent of this node reported no connection in ${seconds} s${health}`),
      pairs > 0
        ? ok("Collector", `accepted span pairs of this node: ${pairs}`)
        : failed("Collector", `accepted no span pair of this node in ${seconds} s${health}`),
    ];
  } catch (error) {
    return [failed("edge", (error as Error).message)];
  }
}

async function graphEvidence(prometheus: Prometheus, client: string, seconds: number): Promise<Finding> {
  try {
    const series = await prometheus.query(`traces_service_graph_request_total{client=${JSON.stringify(client)}}`);
    const [{ labels = undefined, value = 0 } = {}] = series.toSorted((a, b) => b.value - a.value);
    if (labels !== undefined) return ok("graph", `shows ${client} → ${labels.server}, ${value} times`);
    const fix = "see that the Collector has the service_graph connector, and that Prometheus reads what it makes";
    return failed("graph", `${prometheus.url} has no edge of ${client} after ${seconds} s; ${fix}`);
  } catch (error) {
    return failed("graph", (error as Error).message);
  }
}

async function counts(url: string): Promise<Counts> {
  const text = await get(`${url}/metrics`);
  const sum = (series: RegExp): number =>
    [...text.matchAll(series)].reduce((total, [, value]) => total + Number(value), 0);
  if (!text.includes("wirespan_build_info")) {
    throw new Error(`another program answers at ${url}, not an agent; choose another health.port`);
  }
  return {
    connections: sum(/^wirespan_interactions_total\{outcome="established"\} (\d+)$/gm),
    pairs: sum(/^wirespan_pairs_sent_total (\d+)$/gm),
  };
}

/** The lines of /readyz that say what is wrong. */
async function notOk(url: string): Promise<string> {
  const lines = (await get(`${url}/readyz`)).split("\n").filter((line) => /^(failed|warning): /.test(line));
  return lines.map((line) => `; ${line.replace(/^\w+: /, "")}`).join("");
}

async function get(url: string): Promise<string> {
  try {
    return await (await fetch(url, { signal: AbortSignal.timeout(ANSWER_MILLIS) })).text();
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    throw new Error(`the agent of this node does not answer at ${url} (${code ?? (error as Error).name})`);
  }
}

async function tryTarget({ name, address, port }: EdgeCheck["target"]): Promise<void> {
  const isConnected = await tryConnection(name, port);
  if (!isConnected && address !== undefined) await tryConnection(address, port);
}

function tryConnection(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (isConnected: boolean): void => {
      socket.destroy();
      resolve(isConnected);
    };
    socket.setTimeout(ANSWER_MILLIS, () => end(false));
    socket.once("connect", () => end(true)).once("error", () => end(false));
  });
}
