// EDGE: the environment and standard output
import { Command } from "commander";
import { parseDnsPorts } from "../config.ts";
import { checkCapture } from "../doctor/capture.ts";
import { checkCollector } from "../doctor/collector.ts";
import { type Finding, failed } from "../doctor/finding.ts";
import { GraphCheck } from "../doctor/graph.ts";
import { checkKubernetes } from "../doctor/kubernetes.ts";
import { checkBridges, checkInterfaces } from "../doctor/machine.ts";
import { Prometheus } from "../doctor/prometheus.ts";
import { readOtlpEnvironment } from "../export/otlp/otlp-environment.ts";
import { ConfigError } from "../model/errors.ts";
import { Output } from "../output/output.ts";
import { visibleLine } from "../text/visible-text.ts";
import { collect } from "./option-values.ts";
import { VARIABLES_HELP, withUsage } from "./usage.ts";

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

const MAX_SECONDS = 3_600;
const CHECK_WIDTH = 12;
const ENDPOINT_VARIABLE = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
/** Enough to tell a sampler that keeps half of the traces from none. */
const GRAPH_PAIRS = 10;

export function doctorCommand(): Command {
  const command = new Command("doctor")
    .summary("check what the agent needs here, and say what to do")
    .description("Checks what the agent needs on this machine. Each line says ok, warning or failed, and what to do.")
    .option("--device <name>", "network device to capture on; any is all of them", "any")
    .option("--seconds <n>", "listen so long at most for a lookup and a connection", "5")
    .option("--dns-port <port>", "DNS port besides 53, such as 5353 on OpenShift; repeatable", collect)
    .option("--kubeconfig <file>", "the Kubernetes API that it names (default: as kubectl finds it)")
    .option("--no-kubernetes", "do not ask the Kubernetes API")
    .option("--collector [endpoint]", "send one test pair to the Collector, there or as the OTEL_… variables say")
    .option("--prometheus <url>", "with --collector: send ten, and look there whether the graph shows them, or why not")
    .option("--graph-seconds <n>", "wait so long at most for the test pairs in Prometheus", "75");
  return withUsage(command)
    .addHelpText(
      "after",
      `
Needs CAP_NET_RAW, as the agent does. --collector draws two nodes, wirespan-doctor-client and wirespan-doctor-server; with
--prometheus the server's name ends with a number of the run's own, so that no other run's pairs are counted.
Exit codes: 0 nothing failed; 1 something did; 2 a wrong option or variable.
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
  const captureTry = {
    device,
    dnsPorts: parseDnsPorts(dnsPort ?? []),
    seconds: parseSeconds("--seconds", seconds),
  };
  const graphSeconds = parseSeconds("--graph-seconds", graph.graphSeconds);
  const prometheus = prometheusOf(graph);
  const { collector } = graph;
  const exporterEnvironment = collector === undefined ? null : checkedEnvironment(collector);
  if (kubeconfig !== undefined && !kubernetes) {
    throw new ConfigError("--kubeconfig does not go with --no-kubernetes; leave one out");
  }
  const output = new Output(undefined);
  let hasFailed = false;
  const tell = (findings: readonly Finding[]): void => {
    for (const { status, check, text } of findings) {
      output.write(`${status.padEnd("warning".length)}  ${check.padEnd(CHECK_WIDTH)}  ${visibleLine(text)}\n`);
      hasFailed ||= status === "failed";
    }
    output.flush();
  };
  tell([checkInterfaces(), checkBridges()]);
  if (kubernetes) for await (const finding of checkKubernetes(kubeconfig, process.env)) tell([finding]);
  tell(await checkCapture(captureTry));
  if (exporterEnvironment !== null) {
    if (prometheus === null) tell([(await checkCollector(exporterEnvironment, 1)).finding]);
    else await checkGraph(exporterEnvironment, prometheus, graphSeconds, tell);
  }
  process.exitCode = hasFailed ? 1 : 0;
}

/** The environment with the option's endpoint, read once before anything else: a wrong one is told at once. */
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
    throw new ConfigError("--prometheus looks for test pairs, so some must be sent; give --collector too");
  }
  return new Prometheus(prometheus);
}

/** From the Collector to the graph. Pairs of other runs are not counted. */
async function checkGraph(
  env: NodeJS.ProcessEnv,
  prometheus: Prometheus,
  seconds: number,
  tell: (findings: readonly Finding[]) => void,
): Promise<void> {
  try {
    const graph = await GraphCheck.start(prometheus, seconds);
    const { finding, taken } = await checkCollector(env, GRAPH_PAIRS, graph.server);
    tell([finding]);
    if (taken > 0) tell(await graph.findings(taken));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    tell([failed("graph", (error as Error).message)]);
  }
}

function parseSeconds(option: string, text: string): number {
  const seconds = Number(text);
  if (text.trim() === "" || !(seconds >= 0 && seconds <= MAX_SECONDS)) {
    throw new ConfigError(`${option} ${JSON.stringify(text)} is no time; give seconds from 0 to ${MAX_SECONDS}`);
  }
  return seconds;
}
