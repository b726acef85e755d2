// EDGE: child_process, fs
// cyclonus, which decides without a cluster what NetworkPolicies allow: the oracle. It knows nothing of wirespan.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Labels } from "../../../src/model/service-graph.ts";
import { serverProgram } from "../../servers/server-programs.ts";

/** A pod, or an address outside of all pods: a node, a host outside the cluster. */
export interface Peer {
  readonly address: string;
  readonly pod: { readonly namespace: string; readonly labels: Labels; readonly namespaceLabels: Labels } | null;
}

/** A connection as it is after NAT. */
export interface Connection {
  readonly source: Peer;
  readonly destination: Peer;
  readonly protocol: "TCP" | "UDP";
  readonly port: number;
  /** Name of the container port at the destination; empty if it has none. */
  readonly portName: string;
}

/** Whether each end lets the connection pass. */
export interface Answer {
  readonly egress: boolean;
  readonly ingress: boolean;
}

/** A warning of its linter about one policy, or about those of one set of pods. */
interface Warning {
  readonly check: string;
  readonly target: string;
}

const MAX_OUTPUT = 1 << 28;
const HEAD = "Is traffic allowed?";

/** The answers to all questions, in their order, from one run. `policies` must have `policyTypes`. */
export async function askCyclonus(
  policies: readonly object[],
  connections: readonly Connection[],
): Promise<readonly Answer[]> {
  if (connections.length === 0) return [];
  const output = await analyze(policies, "query-traffic", connections.map(trafficOf));
  const answers = output.split(HEAD).slice(1).map(answerOf);
  if (answers.length !== connections.length)
    throw new Error(`cyclonus answered ${answers.length} of ${connections.length} questions`);
  return answers;
}

/** What its linter finds. */
export async function lintByCyclonus(policies: readonly object[]): Promise<readonly Warning[]> {
  const output = await analyze(policies, "lint", []);
  const warnings: Warning[] = [];
  for (const [origin = "", check = "", target = "", source = ""] of rowsOf(output)) {
    if (origin === "Source" || origin === "Resolved") warnings.push({ check, target: source === "" ? target : source });
  }
  return warnings;
}

async function analyze(policies: readonly object[], mode: string, traffic: readonly object[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "wirespan-oracle-"));
  try {
    const files = { policies: join(folder, "policies.json"), traffic: join(folder, "traffic.json") };
    const list = { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicyList", items: policies };
    writeFileSync(files.policies, JSON.stringify(list));
    writeFileSync(files.traffic, JSON.stringify(traffic));
    // Its simplification of policies is unfinished where there are ranges of ports.
    const args = ["analyze", "--simplify-policies=false", `--policy-path=${files.policies}`, `--mode=${mode}`];
    const program = await serverProgram("cyclonus", "cyclonus");
    const { stdout } = await promisify(execFile)(program, [...args, `--traffic-path=${files.traffic}`], {
      maxBuffer: MAX_OUTPUT,
    });
    return stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function trafficOf({ source, destination, protocol, port, portName }: Connection): object {
  const peerOf = ({ address, pod }: Peer): object => ({
    IP: address,
    ...(pod === null
      ? {}
      : { Internal: { Namespace: pod.namespace, PodLabels: pod.labels, NamespaceLabels: pod.namespaceLabels } }),
  });
  return {
    Source: peerOf(source),
    Destination: peerOf(destination),
    Protocol: protocol,
    ResolvedPort: port,
    ResolvedPortName: portName,
  };
}

/** Cells of the rows of a table. */
function rowsOf(table: string): string[][] {
  return table
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .split("|")
        .slice(1)
        .map((cell) => cell.trim()),
    );
}

/** A direction that no policy limits has no row; one row with `Allow` is enough. Equal cells of a column are merged. */
function answerOf(text: string): Answer {
  const actions = { Egress: new Set<string>(), Ingress: new Set<string>() };
  let type: keyof typeof actions | null = null;
  let isAllowed: string | undefined;
  for (const [first = "", action = ""] of rowsOf(text.split("Traffic:")[0] ?? "")) {
    if (first === "Egress" || first === "Ingress") type = first;
    if (first === "IS ALLOWED?") isAllowed = action;
    else if (type !== null && (action === "Allow" || action === "Deny")) actions[type].add(action);
  }
  const passes = (direction: keyof typeof actions): boolean =>
    actions[direction].has("Allow") || !actions[direction].has("Deny");
  const answer = { egress: passes("Egress"), ingress: passes("Ingress") };
  if (isAllowed !== String(answer.egress && answer.ingress).toUpperCase())
    throw new Error(`not read as cyclonus means it: ${text}`);
  return answer;
}
