import { EDGE_OUTCOMES, END_RULES, EVIDENCE, OUTCOMES, type Outcome } from "../model/interaction.ts";
import type {
  EdgePart,
  EdgeSums,
  FailedPort,
  Flow,
  GraphEdge,
  HandshakeQuantiles,
  OutcomeCounts,
} from "../model/service-graph.ts";
import { MAX_VALUES } from "./bounds.ts";
import { compareFlows } from "./flow-order.ts";
import { quantilesOf, sumLatency } from "./latency-buckets.ts";
import { compareText } from "./order.ts";

/** One count for each outcome. `failed`: failures of an unknown kind. */
export function outcomeCounts(count: (outcome: Outcome, index: number) => number, failed = 0): OutcomeCounts {
  return {
    established: count("established", 0),
    resolved: count("resolved", 1),
    refused: count("refused", 2),
    timed_out: count("timed_out", 3),
    unreachable: count("unreachable", 4),
    host_not_found: count("host_not_found", 5),
    try_again: count("try_again", 6),
    ...(failed > 0 && { failed }),
  };
}

/** All interactions. */
function interactionCount({ outcomes }: Pick<EdgeSums, "outcomes">): number {
  return EDGE_OUTCOMES.reduce((sum, outcome) => sum + (outcomes[outcome] ?? 0), 0);
}

/** An edge with the sums of its parts, which are of different instances; at least one. Sorts them. */
export function edgeOf(client: string, server: string, parts: readonly EdgePart[]): GraphEdge {
  const sorted = parts.length > 1 ? [...parts].sort((a, b) => compareText(a.instance, b.instance)) : parts;
  const [only] = sorted;
  const sums = only !== undefined && sorted.length === 1 ? only : sumOf(sorted);
  return {
    client,
    server,
    outcomes: sums.outcomes,
    dialledPorts: sums.dialledPorts,
    servedPorts: sums.servedPorts,
    failedPorts: sums.failedPorts,
    names: sums.names,
    flows: sums.flows,
    flowsOmitted: sums.flowsOmitted,
    addresses: sums.addresses,
    addressesOmitted: sums.addressesOmitted,
    clientRules: sums.clientRules,
    serverRules: sums.serverRules,
    firstSeenMicros: sums.firstSeenMicros,
    lastSeenMicros: sums.lastSeenMicros,
    evidence: sums.evidence,
    handshake: sums.handshake,
    bothInstrumented: sums.bothInstrumented,
    parts: sorted,
  };
}

function sumOf(parts: readonly EdgePart[]): EdgeSums {
  const total = (count: (part: EdgePart) => number): number => parts.reduce((sum, part) => sum + count(part), 0);
  const outcomes = outcomeCounts(
    (outcome) => total((part) => part.outcomes[outcome]),
    total((part) => part.outcomes.failed ?? 0),
  );
  const addresses = union(parts, (part) => part.addresses, compareText);
  const dialledPorts = smallest(union(parts, (part) => part.dialledPorts, compareNumbers));
  const flows = smallest(
    combineFlows(
      parts.map((part) => part.flows),
      add,
    ),
  );
  return {
    outcomes,
    dialledPorts,
    servedPorts: smallest(union(parts, (part) => part.servedPorts, compareNumbers)),
    failedPorts: combineFailedPorts(
      parts.map((part) => part.failedPorts),
      dialledPorts,
      add,
    ),
    names: smallest(union(parts, (part) => part.names, compareText)),
    flows,
    flowsOmitted: flowsOmittedOf({ outcomes, flows }),
    addresses: smallest(addresses),
    // Each address that is left out here has at least one interaction.
    addressesOmitted: total((part) => part.addressesOmitted) + Math.max(0, addresses.length - MAX_VALUES),
    clientRules: END_RULES.filter((rule) => parts.some((part) => part.clientRules.includes(rule))),
    serverRules: END_RULES.filter((rule) => parts.some((part) => part.serverRules.includes(rule))),
    firstSeenMicros: parts.reduce((first, part) => Math.min(first, part.firstSeenMicros), Number.POSITIVE_INFINITY),
    lastSeenMicros: parts.reduce((last, part) => Math.max(last, part.lastSeenMicros), 0),
    evidence: EVIDENCE.filter((each) => parts.some((part) => part.evidence.includes(each))),
    handshake: handshakeOf(parts),
    bothInstrumented: total((part) => part.bothInstrumented),
  };
}

/** The distinct values of all parts, sorted. */
export function union<Part, T>(
  parts: readonly Part[],
  valuesOf: (part: Part) => readonly T[],
  compare: (a: T, b: T) => number,
): readonly T[] {
  const [first, ...others] = parts.map(valuesOf);
  // Parts of one edge mostly have the same ports and names.
  if (first === undefined || others.every((values) => isEqual(first, values))) return first ?? [];
  return [...new Set([first, ...others].flat())].sort(compare);
}

function isEqual<T>(a: readonly T[], b: readonly T[]): boolean {
  return a === b || (a.length === b.length && a.every((value, i) => value === b[i]));
}

/** The first MAX_VALUES of a sorted list. */
export function smallest<T>(sorted: readonly T[]): readonly T[] {
  return sorted.length > MAX_VALUES ? sorted.slice(0, MAX_VALUES) : sorted;
}

export function compareNumbers(a: number, b: number): number {
  return a - b;
}

/** Combines two counts: of different instances by their sum, of one instance by the larger. */
type Combine = (a: number, b: number) => number;
const add: Combine = (a, b) => a + b;

/** The flows of several sorted lists, sorted; equal ones become one. */
export function combineFlows(lists: readonly (readonly Flow[])[], combine: Combine): readonly Flow[] {
  const sorted = lists.flat().sort(compareFlows);
  const combined: Flow[] = [];
  for (const flow of sorted) {
    const last = combined.at(-1);
    if (last === undefined || compareFlows(last, flow) !== 0) combined.push(flow);
    else {
      combined[combined.length - 1] = {
        dialledPort: flow.dialledPort,
        servedPort: flow.servedPort,
        service: flow.service,
        name: flow.name,
        count: combine(last.count, flow.count),
        failed: combine(last.failed, flow.failed),
        firstSeenMicros: Math.min(last.firstSeenMicros, flow.firstSeenMicros),
        lastSeenMicros: Math.max(last.lastSeenMicros, flow.lastSeenMicros),
      };
    }
  }
  return combined;
}

/** Interactions that are in none of the flows. */
export function flowsOmittedOf(edge: Pick<EdgeSums, "outcomes" | "flows">): number {
  return Math.max(0, interactionCount(edge) - edge.flows.reduce((sum, { count }) => sum + count, 0));
}

/** Failed ports of several sorted lists, as far as they are among the dialed ports. */
export function combineFailedPorts(
  lists: readonly (readonly FailedPort[])[],
  dialledPorts: readonly number[],
  combine: Combine,
): readonly FailedPort[] {
  const order = (a: FailedPort, b: FailedPort): number =>
    a.port - b.port || OUTCOMES.indexOf(a.outcome) - OUTCOMES.indexOf(b.outcome);
  const combined: FailedPort[] = [];
  for (const failed of lists.flat().sort(order)) {
    const last = combined.at(-1);
    if (last === undefined || order(last, failed) !== 0) combined.push(failed);
    else combined[combined.length - 1] = { ...failed, count: combine(last.count, failed.count) };
  }
  return combined.filter(({ port }) => dialledPorts.includes(port));
}

/** Exact where histograms are known, otherwise the largest of each quantile. */
function handshakeOf(parts: readonly EdgePart[]): HandshakeQuantiles | null {
  const latency = sumLatency(parts.flatMap((part) => part.latency ?? []));
  if (latency !== null) return quantilesOf(latency);
  return parts.map(({ handshake }) => handshake).reduce(largerQuantiles, null);
}

export function largerQuantiles(a: HandshakeQuantiles | null, b: HandshakeQuantiles | null): HandshakeQuantiles | null {
  if (a === null || b === null) return a ?? b;
  return { p50: Math.max(a.p50, b.p50), p90: Math.max(a.p90, b.p90), p99: Math.max(a.p99, b.p99) };
}
