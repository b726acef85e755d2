// EDGE: the process: arguments, exit codes.
import { Command, CommanderError } from "commander";
import { CaptureError, CaptureFileError, ConfigError } from "../model/errors.ts";
import { EXIT_INCOMPLETE } from "../output/completeness.ts";
import { OutputClosed, OutputError } from "../output/output.ts";
import { printMessage } from "../output/stderr.ts";
import { VERSION } from "../version.ts";
import { rejectEmptyValues, rejectSecondValues } from "./option-values.ts";
import { answerFor } from "./suggest-command.ts";
import { GENERAL_HELP, withUsage } from "./usage.ts";

const EXIT_USAGE = 2;

/** Loading a command costs more than a short replay does, so only the one that is asked for is loaded; for help, all. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  replay: async () => (await import("./replay-command.ts")).replayCommand(),
  agent: async () => (await import("./agent-command.ts")).agentCommand(),
  record: async () => (await import("./record-command.ts")).recordCommand(),
  doctor: async () => (await import("./doctor-command.ts")).doctorCommand(),
};

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
    .addHelpText("after", GENERAL_HELP);
  const [, , asked = ""] = process.argv;
  if (asked === "version") process.argv[2] = "--version";
  const names = Object.hasOwn(COMMANDS, asked) ? [asked] : Object.keys(COMMANDS);
  for (const name of names) {
    const command = await COMMANDS[name]?.();
    if (command === undefined) continue;
    rejectEmptyValues(command);
    rejectSecondValues(command);
    program.addCommand(command);
  }

  try {
    const answer = Object.hasOwn(COMMANDS, asked) ? null : answerFor(asked);
    if (answer !== null) throw new ConfigError(`unknown command '${asked}': ${answer}`);
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
  if (error instanceof ConfigError || error instanceof CaptureFileError) {
    printMessage(error.message);
    return EXIT_USAGE;
  }
  if (error instanceof CaptureError || error instanceof OutputError) {
    printMessage(error.message);
    return EXIT_INCOMPLETE;
  }
  if (isSystemError(error)) {
    printMessage(`${error.message}; check the file, its folder and the space on its disk`);
    return EXIT_INCOMPLETE;
  }
  throw error;
}

/** What the operating system refuses, in its own words: no mistake of ours, so no stack trace. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error && "code" in error;
}
