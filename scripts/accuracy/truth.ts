import type { End, Interaction, Outcome } from "../../src/model/interaction.ts";

/** A line of truth.jsonl: what a program of the laboratory did, and the one report that perfect agents make of it. */
export interface TruthLine {
  readonly t: number;
  readonly t_lookup?: number;
  readonly case: string;
  readonly kind: "connection" | "lookup";
  readonly name: string | null;
  readonly client: TruthEnd;
  readonly server?: TruthEnd | null;
  readonly client_addr?: readonly [string | null, number];
  /** Absent where no program accepted the connection. */
  readonly server_addr?: readonly [string, number];
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
  readonly pod?: string;
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

/** Maximum between truth and report of one connection: the program reads its clock before connect(). */
const TIME_TOLERANCE_SECONDS = 0.03;
/** The same where the client's port shows which one it is: the program may wait for a core between the two. */
const PORT_TOLERANCE_SECONDS = 1;
const LOOKUP_TOLERANCE_SECONDS = 1;

const OUTCOMES: Readonly<Record<TruthLine["outcome"], readonly Outcome[]>> = {
  ok: ["established"],
  refused: ["refused"],
  timeout: ["timed_out"],
  unreachable: ["unreachable"],
  nxdomain: ["host_not_found"],
};

/** The report that fits the connection and is nearest in time. */
export function nearestReport(
  line: TruthLine,
  reports: ReadonlySet<Interaction>,
  fits: (line: TruthLine, report: Interaction) => boolean,
): Interaction | null {
  let nearest: Interaction | null = null;
  let nearestDistance = Number.POSITIVE_INFINITY;
  for (const report of reports) {
    const distance = distanceOf(line, report);
    if (distance >= nearestDistance || !OUTCOMES[line.outcome].includes(report.outcome) || !fits(line, report))
      continue;
    nearest = report;
    nearestDistance = distance;
  }
  return nearest;
}

/** Seconds between them, and more where the client's port does not show that they belong together; infinite: they do not. */
function distanceOf(line: TruthLine, report: Interaction): number {
  const seconds = secondsBetween(line, report);
  const isSamePort = line.client_addr !== undefined && report.clientAddress?.port === line.client_addr[1];
  if (isSamePort && seconds <= PORT_TOLERANCE_SECONDS) return seconds;
  return seconds <= TIME_TOLERANCE_SECONDS ? PORT_TOLERANCE_SECONDS + seconds : Number.POSITIVE_INFINITY;
}

/** Whether both ends are those of the connection, and the client's port. */
export function fitsConnection(line: TruthLine, report: Interaction): boolean {
  const { expect } = line;
  return (
    expect !== null &&
    fitsEnd(expect.client, report.client, line, report) &&
    fitsServer(line, report) &&
    fitsPort(line, report)
  );
}

/** Whether the server is that of the connection. */
export function fitsServer(line: TruthLine, report: Interaction): boolean {
  return fitsEnd(line.expect?.server ?? "", report.server, line, report);
}

/** Whether the report is that of the lookup. */
export function fitsLookup(line: TruthLine, report: Interaction): boolean {
  return (
    report.outcome === line.expect?.outcome &&
    fitsEnd(line.expect.client, report.client, line, report) &&
    report.reporter === line.expect.reporter &&
    fitsName(line.expect.name ?? "", report) &&
    secondsBetween(line, report) <= LOOKUP_TOLERANCE_SECONDS
  );
}

/** Whether the report has the name: as it is, with a suffix of the search path, or as the end of its chain. */
export function fitsName(expected: string, report: Interaction): boolean {
  const name = expected.toLowerCase();
  const reported = report.name ?? "";
  return reported === name || reported.startsWith(`${name}.`) || report.canonicalName === name;
}

/** Whether the report is of a connection that the truth has as optional: of a host to itself, or a probe. */
export function isOptional(report: Interaction, truth: readonly TruthLine[]): boolean {
  return truth.some(
    (line) =>
      line.kind === "connection" &&
      line.optional === true &&
      secondsBetween(line, report) <= TIME_TOLERANCE_SECONDS &&
      line.dialled?.endsWith(`:${report.dialled?.port}`) === true,
  );
}

/** Whether the client of the report looked up its name. */
export function isQueriedBy(line: TruthLine, report: Interaction): boolean {
  if (line.name === null || !fitsName(line.name, report)) return false;
  const { client } = report;
  if (client.type === "node") return line.client.node === client.name && line.client.hostNetwork === true;
  return (
    client.type === "workload" && line.client.namespace === client.namespace && line.client.workload === client.name
  );
}

export function describeLine(line: TruthLine): string {
  return `${line.case} at ${line.t}: ${line.expect?.client} -> ${line.expect?.server ?? line.name} ${line.outcome} (${line.dialled}), by ${line.expect?.reporter}`;
}

export function describeReport(report: Interaction): string {
  const end = (e: End) => [e.type, "namespace" in e ? e.namespace : "", "name" in e ? e.name : e.address].join(":");
  return `${report.evidence} at ${report.timeMicros / 1e6}: ${end(report.client)} -> ${end(report.server)} ${report.outcome} (${report.clientAddress?.address}:${report.clientAddress?.port} -> ${report.dialled?.address}:${report.dialled?.port}, name ${report.name}), by ${report.reporter}`;
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

function fitsPort(line: TruthLine, report: Interaction): boolean {
  const port = clientPort(line);
  return port === null || report.clientAddress?.port === port;
}

/** Null where it is not known: masquerading may change the port of a host process, and of a client outside. */
function clientPort({ client, client_addr }: TruthLine): number | null {
  if (client.hostNetwork === true || client.kubelet !== undefined || client.namespace === undefined) return null;
  return client_addr?.[1] ?? null;
}

function secondsBetween(line: TruthLine, report: Interaction): number {
  return Math.abs(report.timeMicros / 1e6 - line.t);
}
