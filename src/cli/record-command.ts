// EDGE: the environment, timers
import { setTimeout as wait } from "node:timers/promises";
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
import { checkDistinctFiles } from "../output/distinct-files.ts";
import { Output } from "../output/output.ts";
import { printMessage } from "../output/stderr.ts";
import { StopSignals } from "../stop-signals.ts";
import { RateLimitedLog } from "../telemetry/log.ts";
import { jsonText } from "../text/visible-text.ts";
import { withUsage } from "./usage.ts";

interface RecordOptions {
  readonly clusterLog: string;
  readonly kubeconfig?: string;
}

const WRITE_MILLIS = 200;

export function recordCommand(): Command {
  const command = new Command("record")
    .summary("write the cluster's changes to a file, for replay --events")
    .description(
      "Writes what the Kubernetes API tells to a file until it is stopped (SIGTERM, Ctrl-C): all objects first, then every change.",
    )
    .requiredOption(
      "--cluster-log <file>",
      "events go there, one a line, in the form of --events; - is standard output",
    )
    .option("--kubeconfig <file>", "the Kubernetes API that it names (default: as kubectl finds it)");
  return withUsage(command)
    .addHelpText(
      "after",
      `
Start it before the capture, which may begin when record says so: then replay knows whose each address was at every moment. Only what names need is written;
of containers' environments a few OTEL_ variables, never a header, an endpoint or a secret.
Exit codes: 0 stopped; 1 the cluster was never known whole, or the file could not be written; 2 a wrong option or file.

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
    throw new ConfigError("no Kubernetes API is known here; name one with --kubeconfig FILE, or run in a pod");
  }
  const output = new Output(clusterLog, "--cluster-log");
  const log = new RateLimitedLog(printMessage, () => performance.now());
  const trimming = { trim: recordedObject, keyOf };
  const invalidObjects = new InvalidObjects();
  const watches = new ClusterWatches<KubernetesObject>(access, WATCHED_KINDS, trimming, {
    watch: (problem, kind) => log.say(`watch ${kind}`, problem ?? "the cluster is followed again"),
    object: (problem) => {
      invalidObjects.add(problem);
      log.say("object", `an object of the cluster is left out: ${problem}`);
    },
  });
  let written = 0;
  const write = (): void => {
    log.tick();
    const isFirst = written === 0;
    for (const { timeMicros, untilMicros, type, object } of watches.read()) {
      const until = untilMicros === undefined ? {} : { until: untilMicros / 1e6 };
      output.write(`${jsonText({ t: timeMicros / 1e6, ...until, type, object })}\n`);
      written++;
    }
    output.flush();
    // Nothing comes before all kinds were listed.
    if (isFirst && written > 0)
      printMessage(`${written} objects are there, the capture may begin; every change is written until Ctrl-C`);
  };
  printMessage(`recording the cluster at ${access.server} (${access.origin})`);
  watches.start();
  try {
    await untilStopped(write);
  } finally {
    await watches.stop();
  }
  write();
  // What a file held before is not given up for nothing.
  if (written > 0) output.close();
  log.flush();
  printMessage(`${written} events written to ${clusterLog === "-" ? "standard output" : clusterLog}`);
  const completeness = new Completeness([...unknownKinds(watches.states()), ...invalidObjects.problems]);
  completeness.print();
  process.exitCode = completeness.exitCode;
}

/** Works now and then until a signal comes, or the work fails. */
async function untilStopped(work: () => void): Promise<void> {
  const stop = new StopSignals();
  try {
    while (!stop.signal.aborted) {
      work();
      await wait(WRITE_MILLIS, undefined, { signal: stop.signal }).catch(() => {});
    }
  } finally {
    stop.release();
  }
}

function keyOf({ kind, metadata }: KubernetesObject): string {
  return `${kind}/${metadata?.uid ?? `${metadata?.namespace}/${metadata?.name}`}`;
}
