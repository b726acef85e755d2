// EDGE: the environment, time and the exit code
import { setTimeout as delay } from "node:timers/promises";
import { Command } from "commander";
import { agentsFinding } from "../doctor/agents.ts";
import { checkEdge } from "../doctor/edge.ts";
import { failed, warning } from "../doctor/finding.ts";
import { findApiAccess } from "../kubernetes/client/api-access.ts";
import { ApiClient } from "../kubernetes/client/api-client.ts";
import { ApiError } from "../kubernetes/client/api-error.ts";
import { type DaemonSetName, type DaemonSetState, readDaemonSet } from "../kubernetes/client/daemon-set.ts";
import { serverProblem } from "../kubernetes/client/watch-state.ts";
import { ConfigError, ExitCode } from "../model/errors.ts";
import { Prometheus } from "../prometheus/prometheus.ts";
import { readPrometheusAccess } from "../prometheus/prometheus-access.ts";
import { FindingPrinter } from "./finding-printer.ts";
import { parseSeconds } from "./options/option-values.ts";
import { KUBECONFIG_HELP, withUsage } from "./options/usage.ts";

interface VerifyOptions {
  readonly daemonset: string;
  readonly agent?: string;
  readonly prometheus?: string;
  readonly client: string;
  readonly seconds: string;
  readonly kubeconfig?: string;
}

const POLL_MILLIS = 1_000;
/** Share of the time for the edge: a pair may take 25 s from the connection to the Collector. */
const EDGE_SHARE = 0.5;
/** A Service of every cluster to which every pod may connect. */
const API_SERVER = "kubernetes.default.svc";

export function verifyCommand(): Command {
  const command = new Command("verify")
    .summary("check an installation from a pod in the cluster")
    .description(
      "Checks whether the agents of a DaemonSet are ready, and if not, why; and that a test connection appears in the graph.",
    )
    .requiredOption("--daemonset <namespace/name>", "DaemonSet of the agents")
    .option("--agent <address:port>", "health port of this node's agent: check that it reports connections of this pod")
    .option("--prometheus <url>", "check that the graph in Prometheus has an edge of this pod")
    .option("--client <name>", "name of this pod's workload in the graph", "wirespan-test")
    .option("--seconds <n>", "wait at most n seconds", "120")
    .option("--kubeconfig <file>", KUBECONFIG_HELP);
  return withUsage(command)
    .addHelpText(
      "after",
      `
The chart runs it for helm test. It needs get on the DaemonSet, and list on pods and events of its namespace, and must
run in a pod without hostNetwork. It connects to ${API_SERVER} until the agent has reported it.
Exit codes: 0 no check failed; 1 a check failed; 2 invalid option.

Example:
  wirespan verify --daemonset observability/wirespan --agent 10.0.0.5:19464
`,
    )
    .action(runVerify);
}

async function runVerify(options: VerifyOptions): Promise<void> {
  const name = parseName(options.daemonset);
  const seconds = parseSeconds("--seconds", options.seconds);
  const agentUrl = options.agent === undefined ? null : parseAgent(options.agent);
  const prometheus = options.prometheus === undefined ? null : new Prometheus(readPrometheusAccess(options.prometheus));
  const access = await findApiAccess(options.kubeconfig, process.env);
  if (access === null)
    throw new ConfigError("no Kubernetes API found; run in a pod with a service account, or pass --kubeconfig");
  const start = performance.now();
  const printer = new FindingPrinter();
  const client = new ApiClient(access);
  try {
    const state = await untilReady(client, name, seconds * EDGE_SHARE);
    printer.print([agentsFinding(state)]);
    if (state.ready > 0) {
      const left = seconds - (performance.now() - start) / 1_000;
      const { KUBERNETES_SERVICE_HOST: address, KUBERNETES_SERVICE_PORT: port = "443" } = process.env;
      const target = { name: API_SERVER, address, port: Number(port) };
      if (agentUrl === null && prometheus === null) {
        printer.print([warning("edge", "only the pods were checked; pass --agent or --prometheus to verify an edge")]);
      } else
        printer.print(
          await checkEdge({ target, agentUrl, prometheus, client: options.client, seconds: Math.round(left) }),
        );
    }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    printer.print([failed("agents", serverProblem(error))]);
  } finally {
    client.close();
  }
  process.exitCode = printer.hasFailed ? ExitCode.incomplete : ExitCode.success;
}

async function untilReady(client: ApiClient, name: DaemonSetName, seconds: number): Promise<DaemonSetState> {
  const end = performance.now() + seconds * 1_000;
  for (;;) {
    const state = await readDaemonSet(client, name);
    const isReady = state.desired > 0 && state.ready === state.desired && state.isUpdated;
    if (isReady || performance.now() >= end) return state;
    await delay(POLL_MILLIS);
  }
}

function parseName(written: string): DaemonSetName {
  const [, namespace, name] = /^([^/\s]+)\/([^/\s]+)$/.exec(written) ?? [];
  if (namespace !== undefined && name !== undefined) return { namespace, name };
  throw new ConfigError(
    `invalid --daemonset ${JSON.stringify(written)}: expected NAMESPACE/NAME, such as observability/wirespan`,
  );
}

/** Any address may be in brackets, because the chart does not know the address family of its node. */
function parseAgent(written: string): string {
  const [, bracketed, plain, port] = /^(?:\[([\da-fA-F:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(written) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined) {
    throw new ConfigError(
      `invalid --agent ${JSON.stringify(written)}: expected ADDRESS:PORT, such as 10.0.0.5:19464 or [fd00::5]:19464`,
    );
  }
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
