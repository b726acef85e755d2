// EDGE: the exit code
import { Command } from "commander";
import { ClusterFiles } from "../cluster-source/cluster-files.ts";
import { InvalidObjects } from "../cluster-source/invalid-objects.ts";
import { type CommonOptions, readSettings } from "../config.ts";
import { readEventsFile } from "../kubernetes/files/kubernetes-file.ts";
import { ExitCode } from "../model/errors.ts";
import { Completeness } from "../output/completeness.ts";
import { createResults, formatOf, openExporter, readDestinations } from "../output/destinations.ts";
import { checkDistinctFiles } from "../output/distinct-files.ts";
import { Output } from "../output/output.ts";
import { checkStatsPath, writeStats } from "../output/stats-file.ts";
import { printMessage } from "../output/stderr.ts";
import { exportSummary } from "../output/summaries.ts";
import { ReplayRun } from "../replay/replay-run.ts";
import { replayStats, saySummary } from "../replay/replay-summary.ts";
import { StopSignals } from "../stop-signals.ts";
import { checkCaptures, groupByNode } from "./capture-arguments.ts";
import { withCommonOptions } from "./common-options.ts";
import { collect } from "./option-values.ts";
import { CLUSTER_HELP, VARIABLES_HELP, withUsage } from "./usage.ts";

interface ReplayOptions extends CommonOptions {
  readonly capture?: readonly string[];
}

/** Longest time from a first SYN to its outcome, with retransmissions: older lines can be written in order. */
const HORIZON_MICROS = 150e6;
/** How long queued span pairs are sent after a signal. */
const STOP_MILLIS = 1_200;

export function replayCommand(): Command {
  const command = new Command("replay")
    .summary("draw the service graph of capture files")
    .description(
      "Draws the service graph of capture files: which workload connected to which, how often, and what failed.",
    )
    .argument(
      "[file...]",
      "captures of one node (pcap or pcapng, optionally gzipped; - is standard input), merged by time",
    )
    .option("--capture <node=file>", "capture of a node; repeatable, the views of several nodes are merged", collect);
  return withCommonOptions(withUsage(command))
    .addHelpText(
      "after",
      `
Without --format, the suffix of -o FILE selects the format (.html .svg .json .jsonl .dot .mmd), otherwise table. With
jsonl, each connection and each lookup is one line of JSON.
${CLUSTER_HELP}${VARIABLES_HELP}
Examples:
  wirespan replay node.pcap                                                    names from DNS only
  wirespan replay node.pcap --cluster cluster.json --node worker-1             what the agent on worker-1 would report
  wirespan replay --capture a=a.pcap --capture b=b.pcap --cluster cluster.json --format html -o map.html
  wirespan replay node.pcap --cluster cluster.json --format jsonl | jq .name   every name that clients used
  wirespan replay node.pcap --cluster cluster.json --otlp                      also send span pairs
`,
    )
    .action(runReplay);
}

async function runReplay(files: string[], options: ReplayOptions): Promise<void> {
  const settings = readSettings(options);
  const groups = groupByNode({ ...options, files });
  const destinations = readDestinations(options, formatOf(options) ?? "table", options.otlp === true);
  checkStatsPath(options.stats);
  checkDistinctFiles(options, [...groups.flatMap((group) => group.files), ...(options.cluster ?? []), options.events]);
  const sizes = checkCaptures(groups.flatMap((group) => group.files));
  const invalidObjects = new InvalidObjects();
  const events = options.events === undefined ? [] : readEventsFile(options.events, invalidObjects.add);
  const cluster = new ClusterFiles(options, events, invalidObjects);
  if (options.events !== undefined) cluster.sayWhatLogLacks(options.events);
  cluster.nodes.checkAgents(settings.agents);
  for (const { node } of groups) if (node !== null) cluster.nodes.check(node, settings.agents);

  const recordings = groups.map(({ node, files }) => ({
    files,
    options: { feed: cluster.feed(), node, ...settings },
  }));
  const results = createResults(destinations.format ?? "table", {
    output: new Output(options.output),
    keepNodes: options.keepNodes === true,
    hasCluster: !cluster.isEmpty,
    hasService: (namespace, name) =>
      recordings.some(({ options: { feed } }) => feed.index.services.named(namespace, name) !== null),
    // Several nodes are replayed one after the other, so their lines are sorted at the end.
    horizonMicros: groups.length === 1 ? HORIZON_MICROS : Number.POSITIVE_INFINITY,
  });
  const exporter = await openExporter(destinations, {
    keepNodes: options.keepNodes === true,
    times: "replay",
    onChange: (problem) => printMessage(problem ?? "span pairs are accepted again"),
  });
  exporter?.start();
  const stop = new StopSignals();
  stop.signal.addEventListener("abort", () => void exporter?.shutdown(STOP_MILLIS), { once: true });
  try {
    const run = new ReplayRun(results, destinations.pairs, exporter);
    const { pairs } = run;
    const told = await run.replayAll(recordings, sizes, stop.signal);
    // Drawing may take long, and nothing is written before it is complete: from here a signal ends the process at once.
    if (exporter === null && destinations.format !== "jsonl") stop.release();
    const completeness = await Completeness.finish(results, [
      ...told.flatMap(({ problems }) => problems),
      ...invalidObjects.problems,
    ]);
    const isAccepted = exporter === null || (await run.drain(exporter));
    if (options.stats !== undefined) {
      writeStats(options.stats, replayStats({ told, pairs, exporter, results, completeness }));
    }
    saySummary(told, pairs, cluster.podsByNode());
    if (exporter !== null) printMessage(exportSummary(exporter, pairs));
    completeness.print();
    process.exitCode = isAccepted ? completeness.exitCode : ExitCode.incomplete;
  } finally {
    stop.release();
    await exporter?.shutdown(0);
  }
}
