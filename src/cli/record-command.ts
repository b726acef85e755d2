// EDGE: the environment and the exit code
import { Command } from "commander";
import { RecordRun } from "../cluster-source/record-run.ts";
import { findApiAccess } from "../kubernetes/client/api-access.ts";
import { ConfigError } from "../model/errors.ts";
import { checkDistinctFiles } from "../output/files/distinct-files.ts";
import { KUBECONFIG_HELP, withUsage } from "./options/usage.ts";

interface RecordOptions {
  readonly clusterLog: string;
  readonly kubeconfig?: string;
}

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
    throw new ConfigError("no Kubernetes API found; pass --kubeconfig FILE, or run in a pod");
  }
  process.exitCode = await new RecordRun(access, clusterLog).untilStopped();
}
