// EDGE: the exit code
import { Command } from "commander";
import { parseAgentAddress } from "../keep/agent-address.ts";
import { KeepRun } from "../keep/keep-run.ts";
import { parseListenAddresses } from "../telemetry/listen-address.ts";
import { collect, parseEvery } from "./options/option-values.ts";
import { withUsage } from "./options/usage.ts";

interface KeepCommandOptions {
  readonly agent: string;
  readonly folder: string;
  readonly every: string;
  readonly listen?: readonly string[];
}

export function keepCommand(): Command {
  const command = new Command("keep")
    .summary("keep the graph of an agent over its restarts, and write ClientIntents")
    .description(
      "Reads the graph of the agent on this machine at intervals, adds it to the graph in a folder, and writes ClientIntents (k8s.otterize.com) there, a file for each workload. Nothing is applied.",
    )
    .requiredOption("--agent <address>", "address of the agent, as in its --listen: unix:PATH, or a port on loopback")
    .requiredOption(
      "--folder <directory>",
      "directory for graph.json and intents/; graph.json is read again at the next start",
    )
    .option(
      "--every <duration>",
      "time between two reads; what the agent saw since the last one is lost if it is killed",
      "30s",
    )
    .option(
      "--listen <[address:]port>",
      "serve /livez, /readyz, /graph and /intents; a bare port binds to localhost, unix:PATH is a Unix socket; repeatable",
      collect,
    );
  return withUsage(command)
    .addHelpText(
      "after",
      `
graph.json is a graph file. It is replaced atomically, so that nothing is lost if keep is killed. What one run of the agent saw
counts once, however often it is read. A damaged graph.json is renamed to graph.aside-1.json. Limits: 5000 edges, 64 runs of
the agent and 12 MiB. Use one folder for each agent.
Exit codes: 0 stopped (SIGTERM, Ctrl-C); 1 stopped while the folder could not be written; 2 invalid option or path.

Examples:
  wirespan agent --listen unix:/run/wirespan-agent/health.sock
  wirespan keep --agent unix:/run/wirespan-agent/health.sock --folder /var/lib/wirespan
  wirespan intents --graph /var/lib/wirespan/graph.json
`,
    )
    .action(runKeep);
}

async function runKeep({ agent, folder, every, listen }: KeepCommandOptions): Promise<void> {
  const everyMillis = parseEvery(every, "30s");
  const run = new KeepRun({
    agent: parseAgentAddress(agent),
    agentName: agent,
    folder,
    everyMillis,
    listen: parseListenAddresses(listen ?? []),
  });
  process.exitCode = await run.untilStopped();
}
