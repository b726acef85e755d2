// EDGE: the environment and the exit code
import { Command } from "commander";
import { parseDnsPorts } from "../config.ts";
import { checkCapture } from "../doctor/capture.ts";
import { checkCollector } from "../doctor/collector.ts";
import { type Finding, failed } from "../doctor/finding.ts";
import { GraphCheck } from "../doctor/graph.ts";
import { checkKubernetes } from "../doctor/kubernetes.ts";
import { checkBridges, checkInterfaces } from "../doctor/machine.ts";
import { readOtlpEnvironment } from "../export/otlp/otlp-environment.ts";
import { ConfigError, ExitCode } from "../model/errors.ts";
import { Prometheus } from "../prometheus/prometheus.ts";
import { readPrometheusAccess } from "../prometheus/prometheus-access.ts";
import { FindingPrinter } from "./finding-printer.ts";
import { collect, parseSeconds } from "./options/option-values.ts";
import { KUBECONFIG_HELP, VARIABLES_HELP, withUsage } from "./options/usage.ts";

interface DoctorOptions {
  readonly device: string;
  readonly seconds: string;
  readonly dnsPort?: readonly string[];
  readonly kubeconfig?: string;
  /** False with --no-kubernetes. */
  readonly kubernetes: boolean;
  readonly collector?: string | true;
  readonly prometheus?: string;
  readonly graphSeconds: string;
}

const ENDPOINT_VARIABLE = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
/** Enough to distinguish a sampler that keeps half of the traces from no sampler. */
const GRAPH_PAIRS = 10;

export function doctorCommand(): Command {
  const command = new Command("doctor")
    .summary("check the requirements of the agent on this machine")
    .description(
      "Checks the requirements of the agent on this machine. Each line says ok, warning or failed, and how to fix it.",
    )
    .option("--device <name>", "network interface to capture on; any is all interfaces", "any")
    .option("--seconds <n>", "wait at most n seconds for a lookup and a connection", "5")
    .option("--dns-port <port>", "additional DNS port, such as 5353 on OpenShift; repeatable", collect)
    .option("--kubeconfig <file>", KUBECONFIG_HELP)
    .option("--no-kubernetes", "do not connect to the Kubernetes API")
    .option(
      "--collector [endpoint]",
      "send a test span pair to this Collector (default: as the OTEL_… variables configure)",
    )
    .option(
      "--prometheus <url>",
      "with --collector: send ten test pairs, and check that the graph in Prometheus counts them",
    )
    .option("--graph-seconds <n>", "wait at most n seconds for the test pairs in Prometheus", "75");
  return withUsage(command)
    .addHelpText(
      "after",
      `
Requires CAP_NET_RAW, like the agent. --collector adds an edge to the graph, from wirespan-doctor-client to
wirespan-doctor-server; with --prometheus, the server name ends with a number that is unique to the run.
Exit codes: 0 no check failed; 1 a check failed; 2 invalid option or variable.
${VARIABLES_HELP}
Examples:
  wirespan doctor
  wirespan doctor --collector http://localhost:4317
  wirespan doctor --collector http://collector:4317 --prometheus http://prometheus:9090
`,
    )
    .action(runDoctor);
}

async function runDoctor({ device, seconds, dnsPort, kubeconfig, kubernetes, ...graph }: DoctorOptions): Promise<void> {
  const captureOptions = {
    device,
    dnsPorts: parseDnsPorts(dnsPort ?? []),
    seconds: parseSeconds("--seconds", seconds),
  };
  const graphSeconds = parseSeconds("--graph-seconds", graph.graphSeconds);
  const prometheus = prometheusOf(graph);
  const { collector } = graph;
  const exporterEnvironment = collector === undefined ? null : checkedEnvironment(collector);
  if (kubeconfig !== undefined && !kubernetes) {
    throw new ConfigError("--kubeconfig cannot be combined with --no-kubernetes; omit one of them");
  }
  const printer = new FindingPrinter();
  const { print } = printer;
  print([checkInterfaces(), checkBridges()]);
  if (kubernetes) for await (const finding of checkKubernetes(kubeconfig, process.env)) print([finding]);
  print(await checkCapture(captureOptions));
  if (exporterEnvironment !== null) {
    if (prometheus === null) print([(await checkCollector(exporterEnvironment, 1)).finding]);
    else await checkGraph(exporterEnvironment, prometheus, graphSeconds, print);
  }
  process.exitCode = printer.hasFailed ? ExitCode.incomplete : ExitCode.success;
}

/** The environment with the endpoint of the option, validated before any check runs. */
function checkedEnvironment(collector: string | true): NodeJS.ProcessEnv {
  const env = collector === true ? process.env : { ...process.env, [ENDPOINT_VARIABLE]: collector };
  try {
    readOtlpEnvironment(env);
    return env;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw collector === true ? error : new ConfigError(error.message.replace(ENDPOINT_VARIABLE, "--collector"));
  }
}

function prometheusOf({ prometheus, collector }: Pick<DoctorOptions, "prometheus" | "collector">): Prometheus | null {
  if (prometheus === undefined) return null;
  if (collector === undefined) {
    throw new ConfigError("--prometheus requires --collector, which sends the test pairs; add --collector");
  }
  return new Prometheus(readPrometheusAccess(prometheus));
}

/** Checks the path from the Collector to the graph. */
async function checkGraph(
  env: NodeJS.ProcessEnv,
  prometheus: Prometheus,
  seconds: number,
  print: (findings: readonly Finding[]) => void,
): Promise<void> {
  try {
    const graph = await GraphCheck.start(prometheus, seconds);
    const { finding, accepted } = await checkCollector(env, GRAPH_PAIRS, graph.server);
    print([finding]);
    if (accepted > 0) print(await graph.findings(accepted));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    print([failed("graph", (error as Error).message)]);
  }
}
