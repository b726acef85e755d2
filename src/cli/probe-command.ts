// EDGE: standard output and the exit code
import { Argument, Command } from "commander";
import { ExitCode } from "../model/errors.ts";
import { requestHealth } from "../telemetry/health-client.ts";
import { withUsage } from "./options/usage.ts";

const TIMEOUT_MILLIS = 4_000;

export function probeCommand(): Command {
  const command = new Command("probe")
    .summary("print the health or the metrics of a running agent")
    .description(
      "Requests the health or the metrics of the agent that runs with --listen unix:PATH. The probes of its container run it.",
    )
    .addArgument(new Argument("[path]", "what to request").choices(["livez", "readyz", "metrics"]).default("readyz"))
    .requiredOption("--socket <path>", "Unix socket of the agent's --listen unix:PATH");
  return withUsage(command)
    .addHelpText(
      "after",
      `
Prints the response. The Unix socket belongs to this agent alone, whereas a port of the node may belong to another program.
Exit codes: 0 the agent is alive, or ready; 1 it is not, or does not respond; 2 invalid option.

Example:
  wirespan probe --socket /run/wirespan-agent/health.sock readyz
`,
    )
    .action(runProbe);
}

async function runProbe(path: string, { socket }: { readonly socket: string }): Promise<void> {
  const { status, text } = await requestHealth(socket, path, TIMEOUT_MILLIS);
  process.stdout.write(status === null ? `${text.trimEnd()}; start it with --listen unix:${socket}\n` : text);
  process.exitCode = status === 200 ? ExitCode.success : ExitCode.incomplete;
}
