// EDGE: the environment, the clock
import { Command } from "commander";
import { unknownKinds } from "../agent/describe-losses.ts";
import { InvalidObjects } from "../cluster-source/invalid-objects.ts";
import { findApiAccess } from "../kubernetes/client/api-access.ts";
import { ClusterWatches } from "../kubernetes/client/cluster-watches.ts";
import type { KubernetesObject } from "../kubernetes/objects/kubernetes-objects.ts";
import { recordedObject } from "../kubernetes/objects/recorded-object.ts";
import { WATCHED_KINDS } from "../kubernetes/objects/watched-kinds.ts";
import { ConfigError } from "../model/errors.ts";
import { Completeness } from "../output/completeness.ts";
import { checkDistinctFiles } from "../output/files/distinct-files.ts";
import { Output } from "../output/files/output.ts";
import { printMessage } from "../output/stderr.ts";
import { StopSignals } from "../stop-signals.ts";
import { RateLimitedLog } from "../telemetry/log.ts";
import { countText } from "../text/number-text.ts";
import { jsonText } from "../text/visible-text.ts";
import { KUBECONFIG_HELP, withUsage } from "./options/usage.ts";

interface RecordOptions {
  readonly clusterLog: string;
  readonly kubeconfig?: string;
}

const WRITE_MILLIS = 200;

export function recordCommand(): Command {
  const command = new Command("record")
    .summary("record changes of the cluster, for replay --events")
    .description(
      "Records the objects of the Kubernetes API and then every change, until it is stopped (SIGTERM, Ctrl-C).",
    )
    .requiredOption("--cluster-log <file>", "file to write, one event per line; - is standard output")
    .option("--kubeconfig <file>", KUBECONFIG_HELP);
  return withUsage(command)
    .addHelpText(
      "after",
      `
Start the capture after record prints "the capture may begin": then replay knows the owner of each address at every
moment. The file holds only the fields that wirespan reads. Of container environments it holds a few OTEL_ variables,
but no headers, endpoints or secrets; of commands and images only the word that hints at the language.
Exit codes: 0 stopped; 1 a kind of object was never listed, or the file could not be written; 2 invalid option or file.

Examples:
  wirespan record --cluster-log events.jsonl 2> record.log &
  while kill -0 $! && ! grep "capture may begin" record.log; do sleep 1; done
  tcpdump -i any -w node.pcap
  kill $!
  wirespan replay node.pcap --events events.jsonl --node worker-1
`,
    )
    .action(runRecord);
}

async function runRecord({ clusterLog, kubeconfig }: RecordOptions): Promise<void> {
  checkDistinctFiles({ clusterLog }, [kubeconfig]);
  const access = await findApiAccess(kubeconfig, process.env);
  if (access === null) {
    throw new ConfigError("no Kubernetes API found; give --kubeconfig FILE, or run in a pod");
  }
  const output = new Output(clusterLog, "--cluster-log");
  const log = new RateLimitedLog(printMessage, () => performance.now());
  const transform = { transform: recordedObject, keyOf };
  const invalidObjects = new InvalidObjects();
  const watches = new ClusterWatches<KubernetesObject>(access, WATCHED_KINDS, transform, {
    watch: (problem, kind) => log.write(`watch ${kind}`, problem ?? "watching the cluster again"),
    object: (problem) => {
      invalidObjects.add(problem);
      log.write("object", `object ignored: ${problem}`);
    },
  });
  let written = 0;
  const write = (): void => {
    log.tick();
    const isFirst = written === 0;
    for (const { timeMicros, untilMicros, type, object } of watches.takeEvents()) {
      const until = untilMicros === undefined ? {} : { until: untilMicros / 1e6 };
      output.write(`${jsonText({ t: timeMicros / 1e6, ...until, type, object })}\n`);
      written++;
    }
    output.flush();
    // The first events come after all kinds are listed.
    if (isFirst && written > 0)
      printMessage(`recorded ${countText(written, "object")}, the capture may begin; recording changes until Ctrl-C`);
  };
  printMessage(`recording the cluster at ${access.server} (${access.origin})`);
  watches.start();
  try {
    await untilStopped(write);
  } finally {
    await watches.stop();
  }
  write();
  // Without events, the previous content of the file stays.
  if (written > 0) output.close();
  log.flush();
  printMessage(`wrote ${countText(written, "event")} to ${clusterLog === "-" ? "standard output" : clusterLog}`);
  const completeness = new Completeness([...unknownKinds(watches.states()), ...invalidObjects.problems]);
  completeness.print();
  process.exitCode = completeness.exitCode;
}

/** Repeats `work` until a signal comes or it throws. */
async function untilStopped(work: () => void): Promise<void> {
  const stop = new StopSignals();
  try {
    while (!stop.signal.aborted) {
      work();
      await stop.wait(WRITE_MILLIS);
    }
  } finally {
    stop.release();
  }
}

function keyOf({ kind, metadata }: KubernetesObject): string {
  return `${kind}/${metadata?.uid ?? `${metadata?.namespace}/${metadata?.name}`}`;
}
