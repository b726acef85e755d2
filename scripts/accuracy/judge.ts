import type { Interaction } from "../../src/model/interaction.ts";
import {
  describeLine,
  describeReport,
  fitsConnection,
  fitsLookup,
  fitsName,
  fitsServer,
  isOptional,
  isQueriedBy,
  nearestReport,
  type TruthLine,
} from "./truth.ts";

/** Figures of one recording, and all mistakes, as sentences. */
export interface Verdict {
  readonly visible: number;
  readonly reports: number;
  readonly right: number;
  readonly precision: number;
  readonly recall: number;
  readonly names: Share;
  readonly reporters: Share;
  /** Pods of workloads; of servers only where the report has the address that served, which is after all NAT. */
  readonly pods: Share;
  readonly lookups: Share & { readonly stray: number };
  readonly doubles: number;
  readonly mistakes: readonly string[];
}

interface Share {
  readonly expected: number;
  readonly right: number;
}

/** Compares the reports of all agents with the truth: each report and each line of the truth is used once. */
export function judge(truth: readonly TruthLine[], interactions: readonly Interaction[]): Verdict {
  const connections = new ConnectionMatching(interactions.filter(({ evidence }) => evidence === "handshake"));
  const expected = truth.filter(({ kind, expect }) => kind === "connection" && expect !== null);
  const required = expected.filter(({ optional }) => optional !== true);
  for (const line of required) connections.matchRequired(line);
  for (const line of expected) if (line.optional === true) connections.matchOptional(line);
  connections.matchDoubles(truth);
  connections.finish(truth);
  const { right, reports, names, reporters, pods, doubles, mistakes } = connections;
  const lookups = judgeLookups(truth, interactions, mistakes);
  return {
    visible: required.length,
    reports,
    right,
    precision: ratio(right, reports),
    recall: ratio(right, required.length),
    names,
    reporters,
    pods,
    lookups,
    doubles,
    mistakes,
  };
}

/** Assigns reports to connections of the truth. */
class ConnectionMatching {
  readonly mistakes: string[] = [];
  readonly names = { expected: 0, right: 0 };
  readonly reporters = { expected: 0, right: 0 };
  readonly pods = { expected: 0, right: 0 };
  /** Reports of required connections, and those without any connection of the truth. */
  reports: number;
  right = 0;
  doubles = 0;
  readonly #unused: Set<Interaction>;
  readonly #missed: TruthLine[] = [];

  constructor(connections: readonly Interaction[]) {
    this.#unused = new Set(connections);
    this.reports = connections.length;
  }

  matchRequired(line: TruthLine): void {
    const report = this.#take(line, fitsConnection);
    if (report === null) {
      this.#missed.push(line);
      return;
    }
    this.right++;
    this.reporters.expected++;
    if (report.reporter === line.expect?.reporter) this.reporters.right++;
    else this.mistakes.push(`reporter ${report.reporter} instead of ${line.expect?.reporter}: ${describeLine(line)}`);
    this.#comparePods(line, report);
    if (line.expect?.name == null) return;
    this.names.expected++;
    if (fitsName(line.expect.name, report)) this.names.right++;
    else this.mistakes.push(`name ${report.name} instead of ${line.expect.name}: ${describeLine(line)}`);
  }

  #comparePods(line: TruthLine, report: Interaction): void {
    const { client, server, clientPod, serverPod, serverAddress } = report;
    const isServerSeen = serverAddress !== null && serverAddress.address === line.server_addr?.[0];
    const ends = [
      { end: client, pod: clientPod, expected: line.client.pod },
      { end: server, pod: serverPod, expected: line.server?.pod },
    ];
    for (const { end, pod, expected } of ends) {
      if (end.type !== "workload" || expected === undefined) continue;
      if (pod === null && end === server && !isServerSeen) continue;
      this.pods.expected++;
      if (pod === expected) this.pods.right++;
      else this.mistakes.push(`pod ${pod} instead of ${expected}: ${describeLine(line)}`);
    }
  }

  /** A connection that agents may report: its report is neither right nor wrong. */
  matchOptional(line: TruthLine): void {
    if (this.#take(line, fitsConnection) !== null) this.reports--;
  }

  /** Second reports where two agents cannot know of each other. */
  matchDoubles(truth: readonly TruthLine[]): void {
    for (const line of truth) {
      if (line.second_report_possible !== true || this.#take(line, fitsServer) === null) continue;
      this.doubles++;
      this.reports--;
    }
  }

  /** Counts missed connections and surplus reports. */
  finish(truth: readonly TruthLine[]): void {
    for (const line of this.#missed) this.mistakes.push(`missed: ${describeLine(line)}`);
    for (const report of this.#unused) {
      if (isOptional(report, truth)) this.reports--;
      else this.mistakes.push(`not in the truth: ${describeReport(report)}`);
    }
  }

  #take(line: TruthLine, fits: (line: TruthLine, report: Interaction) => boolean): Interaction | null {
    const report = nearestReport(line, this.#unused, fits);
    if (report !== null) this.#unused.delete(report);
    return report;
  }
}

function judgeLookups(truth: readonly TruthLine[], interactions: readonly Interaction[], mistakes: string[]) {
  const unused = new Set(interactions.filter(({ evidence }) => evidence === "lookup"));
  const expected = truth.filter(({ kind, expect }) => kind === "lookup" && expect !== null);
  let right = 0;
  for (const line of expected) {
    const found = [...unused].find((report) => fitsLookup(line, report));
    if (found === undefined) {
      mistakes.push(`missed lookup: ${describeLine(line)}`);
      continue;
    }
    unused.delete(found);
    right++;
  }
  let stray = 0;
  for (const report of unused) {
    if (truth.some((line) => isQueriedBy(line, report))) continue;
    stray++;
    mistakes.push(`stray lookup: ${describeReport(report)}`);
  }
  return { expected: expected.length, right, stray };
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole;
}
