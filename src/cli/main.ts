// EDGE: the process: arguments, exit codes.
import { Command, CommanderError } from "commander";
import { CaptureError, ConfigError } from "../model/errors.ts";
import { VERSION } from "../version.ts";
import { agentCommand } from "./agent-command.ts";
import { doctorCommand } from "./doctor-command.ts";
import { OutputClosed, OutputError } from "./output.ts";
import { recordCommand } from "./record-command.ts";
import { replayCommand } from "./replay-command.ts";
import { say } from "./stderr.ts";
import { GENERAL_HELP, withUsage } from "./usage.ts";

/** 0: all is well. 1: the result is not whole, or could not be had. 2: the command was not understood. */
const EXIT_INCOMPLETE = 1;
const EXIT_USAGE = 2;

/** Runs the command that the arguments ask for, and ends the process: the one place that does. */
export async function main(): Promise<never> {
  // `wirespan --help | head -1`: whoever reads has enough.
  process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => process.exit(code === "EPIPE" ? 0 : EXIT_INCOMPLETE));

  const program = withUsage(new Command("wirespan"))
    .description(
      "Draws the service graph of a Kubernetes cluster from DNS answers and TCP handshakes; no application is changed.",
    )
    .version(VERSION, "-V, --version", "show the version")
    .helpCommand("help [command]", "show the help of a command")
    .addHelpText("after", GENERAL_HELP)
    .addCommand(replayCommand())
    .addCommand(agentCommand())
    .addCommand(recordCommand())
    .addCommand(doctorCommand());

  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = exitCodeOf(error);
  }
  // Nothing is left to do; a connection to an unreachable Collector may still be waiting for its time-out.
  process.exit();
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  if (error instanceof OutputClosed) return 0;
  if (error instanceof ConfigError) {
    say(error.message);
    return EXIT_USAGE;
  }
  if (error instanceof CaptureError || error instanceof OutputError) {
    say(error.message);
    return EXIT_INCOMPLETE;
  }
  throw error;
}
