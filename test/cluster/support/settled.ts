import { setTimeout as delay } from "node:timers/promises";
import type { CountedEdge } from "../../collector/support/counted-edges.ts";
import { parsePrometheusText, type Sample } from "../../collector/support/prometheus-text.ts";
import type { Bed } from "./bed.ts";
import { AGENTS, collectorEdges, OBSERVABILITY, podsOf } from "./observability.ts";

const HEALTH_PORT = 19_464;
const POLL_MILLIS = 500;
/** The Collector flushes once a second, and the sensor reports its tables as often. */
const ROUND_MILLIS = 1_100;
const SETTLED_ROUNDS = 2;
const SETTLE_MILLIS = 120_000;
/** A fact reaches the export queue within 10 s (src/model/waiting-times.ts); the rest is for a busy machine. */
const DECIDED_MILLIS = 15_000;
const UNDECIDED_TABLES = new Set(["half_open", "open_lookups", "pending_facts"]);
const LOSS =
  /^wirespan_(kernel_dropped|table_evicted|sensor_lost|pairs_(dropped|unknown|retried)|facts_ignored|interactions)/;

/** The edges, once they count this many requests, or `millis` have passed, and nothing more is on its way. */
export async function settledEdges(bed: Bed, requests: number, millis = 45_000): Promise<CountedEdge[]> {
  const end = Date.now() + millis;
  for (;;) {
    const edges = await collectorEdges(bed);
    if (requestsOf(edges) >= requests || Date.now() > end) break;
    await delay(POLL_MILLIS);
  }
  // What is counted twice, or invented, may still be in an agent.
  await agentsSettled(bed);
  return unchangedEdges(bed);
}

/**
 * Every agent has decided all attempts, lookups and facts of the time before, and sent all pairs. Probes of kubelets go
 * on, and may be undecided whenever an agent is asked: it counts when an agent had nothing twice, at whatever times, or
 * when what it has must be newer.
 */
async function agentsSettled(bed: Bed): Promise<void> {
  const start = Date.now();
  const rounds = new Map<string, number>();
  for (;;) {
    const agents = await samplesOfAgents(bed);
    const isLate = Date.now() - start > DECIDED_MILLIS;
    const busy: string[] = [];
    for (const [agent, samples] of agents) {
      const unsent = samples.reduce((sum, sample) => sum + unsentIn(sample), 0);
      const undecided = samples.filter(isUndecided);
      if (unsent === 0 && (isLate || undecided.length === 0)) rounds.set(agent, (rounds.get(agent) ?? 0) + 1);
      if ((rounds.get(agent) ?? 0) < SETTLED_ROUNDS) busy.push(`${agent}: ${unsent} ${JSON.stringify(undecided)}`);
    }
    if (busy.length === 0) return;
    if (Date.now() - start > SETTLE_MILLIS) throw new Error(`agents have not sent everything: ${busy.join(" ")}`);
    await delay(ROUND_MILLIS);
  }
}

function isUndecided({ name, labels, value }: Sample): boolean {
  return name === "wirespan_table_entries" && UNDECIDED_TABLES.has(labels.table ?? "") && value !== 0;
}

function unsentIn({ name, value }: Sample): number {
  if (name === "wirespan_pairs_queued_total") return value;
  return /^wirespan_pairs_(sent|unknown|dropped)_total$/.test(name) ? -value : 0;
}

/** What agents lost or did not draw, as their metrics say it: for a graph that is not the truth. */
export async function lossesOfAgents(bed: Bed): Promise<string> {
  const lines = [...(await samplesOfAgents(bed))].flatMap(([agent, samples]) =>
    samples
      .filter(({ name, value }) => LOSS.test(name) && value !== 0)
      .map(({ name, labels, value }) => `${agent} ${name} ${Object.values(labels).join(" ")} ${value}`),
  );
  return lines.join("\n");
}

/** Pairs that agents gave up, as they were too old for instance. */
export async function droppedPairs(bed: Bed): Promise<number> {
  const samples = await samplesOfAgents(bed);
  return [...samples.values()]
    .flat()
    .filter(({ name }) => name === "wirespan_pairs_dropped_total")
    .reduce((sum, { value }) => sum + value, 0);
}

/** Metrics of all agents that run, by their pods. */
async function samplesOfAgents(bed: Bed): Promise<Map<string, Sample[]>> {
  const samples = new Map<string, Sample[]>();
  for (const { metadata, status } of await podsOf(bed, OBSERVABILITY, AGENTS)) {
    const agent = (status.containerStatuses ?? []).find(({ name }) => name === "agent");
    if (agent?.state.running === undefined) continue;
    samples.set(metadata.name, parsePrometheusText(await bed.page(agent.containerID, HEALTH_PORT, "/metrics")));
  }
  return samples;
}

/** The edges, once a few flushes of the Collector have changed nothing. */
async function unchangedEdges(bed: Bed): Promise<CountedEdge[]> {
  let edges = await collectorEdges(bed);
  for (let rounds = 0; rounds < SETTLED_ROUNDS; ) {
    await delay(ROUND_MILLIS);
    const next = await collectorEdges(bed);
    rounds = requestsOf(next) === requestsOf(edges) ? rounds + 1 : 0;
    edges = next;
  }
  return edges;
}

function requestsOf(edges: readonly CountedEdge[]): number {
  return edges.reduce((sum, edge) => sum + edge.requests, 0);
}
