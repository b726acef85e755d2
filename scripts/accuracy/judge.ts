import type { End, Interaction, Outcome } from "../../src/model/interaction.ts";

/** A line of truth.jsonl: what a program of the laboratory did, and the one report that perfect agents give of it. */
export interface TruthLine {
  readonly t: number;
  readonly t_lookup?: number;
  readonly case: string;
  readonly kind: "connection" | "lookup";
  readonly name: string | null;
  readonly client: TruthEnd;
  readonly client_addr?: readonly [string | null, number];
  readonly dialled?: string | null;
  readonly outcome: "ok" | "refused" | "timeout" | "unreachable" | "nxdomain";
  readonly visible?: boolean;
  readonly optional?: boolean;
  readonly expect: Expectation | null;
  readonly second_report_possible?: boolean;
}

interface TruthEnd {
  readonly namespace?: string;
  readonly workload?: string;
  readonly node?: string;
  readonly hostNetwork?: boolean;
  readonly external?: string;
  readonly kubelet?: unknown;
}

interface Expectation {
  readonly client: string;
  readonly server?: string;
  readonly reporter: string;
  readonly name: string | null;
  readonly outcome?: "resolved" | "host_not_found";
}

/** Figures of one recording, and everything that was not right, as sentences. */
export interface Verdict {
  readonly visible: number;
  readonly reports: number;
  readonly right: number;
  readonly precision: number;
  readonly recall: number;
  readonly names: { readonly expected: number; readonly right: number };
  readonly reporters: { readonly expected: number; readonly right: number };
  readonly lookups: { readonly expected: number; readonly right: number; readonly stray: number };
  readonly doubles: number;
  readonly mistakes: readonly string[];
}

/** Truth and report of one connection may differ by so much: the program's clock is read before connect(). */
const TIME_TOLERANCE_SECONDS = 0.03;
const LOOKUP_TOLERANCE_SECONDS = 1;

const OUTCOMES: Readonly<Record<TruthLine["outcome"], readonly Outcome[]>> = {
  ok: ["established"],
  refused: ["refused"],
  timeout: ["timed_out"],
  unreachable: ["unreachable"],
  nxdomain: ["host_not_found"],
};

/** Holds the agents' united reports against the truth: each report and each line of the truth is used once. */
export function judge(truth: readonly TruthLine[], interactions: readonly Interaction[]): Verdict {
  const mistakes: string[] = [];
  const connections = interactions.filter(({ evidence }) => evidence === "handshake");
  const unused = new Set(connections);
  const expected = truth.filter((line) => line.kind === "connection" && line.expect !== null);
  const required = expected.filter((line) => line.optional !== true);
  const names = { expected: 0, right: 0 };
  const reporters = { expected: 0, right: 0 };
  let right = 0;
  let optionalReports = 0;
  let doubles = 0;

  const byTightness = [...required, ...expected.filter((line) => line.optional === true)];
  const missed: TruthLine[] = [];
  for (const line of byTightness) {
    const report = bestReport(line, unused);
    if (report === null) {
      if (line.optional !== true) missed.push(line);
      continue;
    }
    unused.delete(report);
    if (line.optional === true) {
      optionalReports++;
      continue;
    }
    right++;
    reporters.expected++;
    if (report.reporter === line.expect?.reporter) reporters.right++;
    else mistakes.push(`reporter ${report.reporter} instead of ${line.expect?.reporter}: ${describe(line)}`);
    if (line.expect?.name == null) continue;
    names.expected++;
    if (fitsName(line.expect.name, report)) names.right++;
    else mistakes.push(`name ${report.name} instead of ${line.expect.name}: ${describe(line)}`);
  }
  for (const line of missed) mistakes.push(`missed: ${describe(line)}`);
  for (const line of truth.filter((candidate) => candidate.second_report_possible === true)) {
    const second = bestReport(line, unused, true);
    if (second === null) continue;
    unused.delete(second);
    doubles++;
  }
  for (const report of unused) {
    if (isInvisibleAttempt(report, truth)) {
      optionalReports++;
      continue;
    }
    mistakes.push(`not in the truth: ${describeReport(report)}`);
  }
  const reports = connections.length - optionalReports - doubles;
  const lookups = judgeLookups(truth, interactions, mistakes);
  return {
    visible: required.length,
    reports,
    right,
    precision: ratio(right, reports),
    recall: ratio(right, required.length),
    names,
    reporters,
    lookups,
    doubles,
    mistakes,
  };
}

/** The unused report that fits the line, nearest in time. */
function bestReport(line: TruthLine, unused: ReadonlySet<Interaction>, isSecond = false): Interaction | null {
  let best: Interaction | null = null;
  let bestGap = TIME_TOLERANCE_SECONDS;
  for (const report of unused) {
    const gap = Math.abs(report.timeMicros / 1e6 - line.t);
    if (gap > bestGap || !OUTCOMES[line.outcome].includes(report.outcome)) continue;
    if (!isSecond && !fitsEnds(line, report)) continue;
    if (isSecond && !fitsEnd(line.expect?.server ?? "", report.server, line, report)) continue;
    if (!isSecond && !fitsPort(line, report)) continue;
    best = report;
    bestGap = gap;
  }
  return best;
}

function fitsEnds(line: TruthLine, report: Interaction): boolean {
  const expect = line.expect;
  return (
    expect !== null &&
    fitsEnd(expect.client, report.client, line, report) &&
    fitsEnd(expect.server ?? "", report.server, line, report)
  );
}

function fitsEnd(expected: string, end: End, line: TruthLine, report: Interaction): boolean {
  switch (end.type) {
    case "workload":
      return expected === `${end.namespace}/${end.name}`;
    case "service":
      return (
        expected === `service:${end.namespace}/${end.name}` ||
        (end.namespace === "default" && end.name === "kubernetes" && expected === "kube-system/kube-apiserver")
      );
    case "node":
      return expected === `node:${end.name}`;
    case "external":
      if (end.name === "external") return expected === "external" || expected === "external:~outside";
      return expected.startsWith("external:") && fitsName(line.name ?? expected.slice("external:".length), report)
        ? true
        : expected === `external:${end.name}`;
    case "unresolved":
      return false;
  }
}

/** A name is right as given, with a suffix of the search path, or as the end of its chain. */
function fitsName(expected: string, report: Interaction): boolean {
  const name = expected.toLowerCase();
  const reported = report.name ?? "";
  return reported === name || reported.startsWith(`${name}.`) || report.canonicalName === name;
}

function fitsPort(line: TruthLine, report: Interaction): boolean {
  // The port of a host process on the wire is not its socket's where masquerading is in play.
  if (line.client.hostNetwork === true || line.client.kubelet !== undefined || line.client.namespace === undefined)
    return true;
  const port = line.client_addr?.[1];
  return port === undefined || report.clientAddress?.port === port;
}

/** Reports of what the truth calls invisible or optional (a host to itself, a probe) are neither right nor wrong. */
function isInvisibleAttempt(report: Interaction, truth: readonly TruthLine[]): boolean {
  return truth.some(
    (line) =>
      line.kind === "connection" &&
      line.optional === true &&
      Math.abs(report.timeMicros / 1e6 - line.t) <= TIME_TOLERANCE_SECONDS &&
      line.dialled?.endsWith(`:${report.dialled?.port}`) === true,
  );
}

function judgeLookups(truth: readonly TruthLine[], interactions: readonly Interaction[], mistakes: string[]) {
  const unused = new Set(interactions.filter(({ evidence }) => evidence === "lookup"));
  const expected = truth.filter((line) => line.kind === "lookup" && line.expect !== null);
  let right = 0;
  for (const line of expected) {
    const found = [...unused].find(
      (report) =>
        report.outcome === line.expect?.outcome &&
        fitsEnd(line.expect.client, report.client, line, report) &&
        report.reporter === line.expect.reporter &&
        fitsName(line.expect.name ?? "", report) &&
        Math.abs(report.timeMicros / 1e6 - line.t) <= LOOKUP_TOLERANCE_SECONDS,
    );
    if (found === undefined) {
      mistakes.push(`missed lookup: ${describe(line)}`);
      continue;
    }
    unused.delete(found);
    right++;
  }
  let stray = 0;
  for (const report of unused) {
    if (truth.some((line) => isAskedBy(line, report))) continue;
    stray++;
    mistakes.push(`stray lookup: ${describeReport(report)}`);
  }
  return { expected: expected.length, right, stray };
}

/** Whether the report is of a name that this client asked. */
function isAskedBy(line: TruthLine, report: Interaction): boolean {
  if (line.name === null || !fitsName(line.name, report)) return false;
  const { client } = report;
  if (client.type === "node") return line.client.node === client.name && line.client.hostNetwork === true;
  return (
    client.type === "workload" && line.client.namespace === client.namespace && line.client.workload === client.name
  );
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole;
}

function describe(line: TruthLine): string {
  return `${line.case} at ${line.t}: ${line.expect?.client} -> ${line.expect?.server ?? line.name} ${line.outcome} (${line.dialled}), by ${line.expect?.reporter}`;
}

function describeReport(report: Interaction): string {
  const end = (e: End) => [e.type, "namespace" in e ? e.namespace : "", "name" in e ? e.name : e.address].join(":");
  return `${report.evidence} at ${report.timeMicros / 1e6}: ${end(report.client)} -> ${end(report.server)} ${report.outcome} (${report.clientAddress?.address}:${report.clientAddress?.port} -> ${report.dialled?.address}:${report.dialled?.port}, name ${report.name}), by ${report.reporter}`;
}
