// EDGE: TCP connections, timers
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Prometheus } from "../prometheus/prometheus.ts";
import { requestHealth } from "../telemetry/health-client.ts";
import { type Finding, failed, ok } from "./finding.ts";

const POLL_MILLIS = 2_000;
const TIMEOUT_MILLIS = 5_000;

interface EdgeCheck {
  /** The server of the edge: a name, so that the edge has one, and an address in case DNS cannot resolve the name. */
  readonly target: { readonly name: string; readonly address: string | undefined; readonly port: number };
  /** `http://ADDRESS:PORT` of this node's agent; null: skip this check. */
  readonly agentUrl: string | null;
  /** Null: skip the check of the graph. */
  readonly prometheus: Prometheus | null;
  /** Name of this pod's workload in the graph. */
  readonly client: string;
  readonly seconds: number;
}

/** Counters of an agent. */
interface Counts {
  readonly connections: number;
  readonly pairs: number;
}

/** Connects repeatedly until the agent reports the edge, the Collector accepts it, and the graph shows it. */
export async function checkEdge(check: EdgeCheck): Promise<readonly Finding[]> {
  const end = performance.now() + check.seconds * 1_000;
  const { agentUrl } = check;
  const first = agentUrl === null ? null : await firstCounts(agentUrl, end);
  if (first instanceof Error) return [failed("edge", first.message)];
  for (;;) {
    await connectTo(check.target);
    await delay(POLL_MILLIS);
    const { findings, isComplete } = await evidence(check, first);
    if (isComplete || performance.now() >= end) return findings;
  }
}

/** Another program answers instead of an agent: waiting does not help. */
class OtherProgram extends Error {
  constructor(url: string) {
    super(`another program answers at ${url}, not an agent; choose another health.port`);
  }
}

/** Waits for an agent, because one that was just updated does not listen yet. */
async function firstCounts(url: string, end: number): Promise<Counts | Error> {
  for (;;) {
    const first = await counts(url).catch((error: Error) => error);
    const isFinal = !(first instanceof Error) || first instanceof OtherProgram;
    if (isFinal || performance.now() >= end) return first;
    await delay(POLL_MILLIS);
  }
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
    const connections = increase(first.connections, now.connections);
    const pairs = increase(first.pairs, now.pairs);
    const problems = connections > 0 && pairs > 0 ? "" : await problemsOf(url);
    return [
      connections > 0
        ? ok("edge", `the agent of this node reported connections: ${connections}`)
        : failed("edge", `the agent of this node reported no connection in ${seconds} s${problems}`),
      pairs > 0
        ? ok("Collector", `accepted span pairs of this node: ${pairs}`)
        : failed("Collector", `accepted no span pair of this node in ${seconds} s${problems}`),
    ];
  } catch (error) {
    return [failed("edge", (error as Error).message)];
  }
}

/** Counters of an agent that was restarted begin at 0. */
function increase(before: number, now: number): number {
  return now >= before ? now - before : now;
}

async function graphEvidence(prometheus: Prometheus, client: string, seconds: number): Promise<Finding> {
  try {
    const series = await prometheus.query(`traces_service_graph_request_total{client=${JSON.stringify(client)}}`);
    const [{ labels = undefined, value = 0 } = {}] = series.toSorted((a, b) => b.value - a.value);
    if (labels !== undefined) return ok("graph", `shows ${client} → ${labels.server}, ${value} times`);
    const fix = "check that the Collector has the service_graph connector, and that Prometheus scrapes it";
    return failed("graph", `${prometheus.url} has no edge of ${client} after ${seconds} s; ${fix}`);
  } catch (error) {
    return failed("graph", (error as Error).message);
  }
}

async function counts(url: string): Promise<Counts> {
  const text = await get(url, "metrics");
  const sum = (series: RegExp): number =>
    [...text.matchAll(series)].reduce((total, [, value]) => total + Number(value), 0);
  if (!text.includes("wirespan_build_info")) throw new OtherProgram(url);
  return {
    connections: sum(/^wirespan_interactions_total\{outcome="established"\} (\d+)$/gm),
    pairs: sum(/^wirespan_pairs_sent_total (\d+)$/gm),
  };
}

/** The failures and warnings in /readyz. */
async function problemsOf(url: string): Promise<string> {
  const lines = (await get(url, "readyz")).split("\n").filter((line) => /^(failed|warning): /.test(line));
  return lines.map((line) => `; ${line.replace(/^\w+: /, "")}`).join("");
}

async function get(url: string, path: "metrics" | "readyz"): Promise<string> {
  const { status, text, isForeign } = await requestHealth(url, path, TIMEOUT_MILLIS);
  if (isForeign) throw new OtherProgram(url);
  if (status === null) throw new Error(text.trim());
  return text;
}

async function connectTo({ name, address, port }: EdgeCheck["target"]): Promise<void> {
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
    socket.setTimeout(TIMEOUT_MILLIS, () => end(false));
    socket.once("connect", () => end(true)).once("error", () => end(false));
  });
}
