// EDGE: process arguments and exit code
import { Command, CommanderError } from "commander";
import { CaptureError, CaptureFileError, ConfigError, ExitCode } from "../model/errors.ts";
import { OutputClosed, OutputError } from "../output/files/output.ts";
import { printMessage } from "../output/stderr.ts";
import { VERSION } from "../version.ts";
import { rejectEmptyValues, rejectSecondValues } from "./options/option-values.ts";
import { GENERAL_HELP, PROGRAM, withUsage } from "./options/usage.ts";
import { suggestionFor } from "./suggest-command.ts";

/** Loading all commands takes longer than a short replay, so only the requested one is loaded; all for the help. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  replay: async () => (await import("./replay-command.ts")).replayCommand(),
  edges: async () => (await import("./graph/edges-command.ts")).edgesCommand(),
  map: async () => (await import("./graph/map-command.ts")).mapCommand(),
  snapshot: async () => (await import("./graph/snapshot-command.ts")).snapshotCommand(),
  merge: async () => (await import("./graph/merge-command.ts")).mergeCommand(),
  diff: async () => (await import("./answers/diff-command.ts")).diffCommand(),
  explain: async () => (await import("./answers/explain-command.ts")).explainCommand(),
  "blast-radius": async () => (await import("./answers/blast-radius-command.ts")).blastRadiusCommand(),
  rollout: async () => (await import("./answers/rollout-command.ts")).rolloutCommand(),
  intents: async () => (await import("./access/intents-command.ts")).intentsCommand(),
  policies: async () => (await import("./access/policies-command.ts")).policiesCommand(),
  keep: async () => (await import("./keep-command.ts")).keepCommand(),
  agent: async () => (await import("./agent-command.ts")).agentCommand(),
  sensor: async () => (await import("./sensor-command.ts")).sensorCommand(),
  record: async () => (await import("./record-command.ts")).recordCommand(),
  doctor: async () => (await import("./doctor-command.ts")).doctorCommand(),
  verify: async () => (await import("./verify-command.ts")).verifyCommand(),
  probe: async () => (await import("./probe-command.ts")).probeCommand(),
};

const VERSION_FLAGS = "-V, --version";

/** Other names of commands. */
const ALIASES: Readonly<Record<string, string>> = { why: "explain" };

/** Runs the requested command and exits the process; nothing else calls exit. */
export async function main(): Promise<never> {
  // EPIPE: the reader closed the pipe, as in `wirespan --help | head -1`.
  process.stdout.on("error", ({ code }: NodeJS.ErrnoException) =>
    process.exit(code === "EPIPE" ? ExitCode.success : ExitCode.incomplete),
  );

  const program = withUsage(new Command(PROGRAM))
    .description(
      "Draws the service graph of a Kubernetes cluster from DNS answers and TCP handshakes, without changes to applications.",
    )
    .version(VERSION, VERSION_FLAGS, "show the version")
    .helpCommand("help [command]", "show help for a command")
    .addHelpText("after", GENERAL_HELP);
  // `help WORD` of no command is answered as WORD is.
  const [, , first, topic] = process.argv;
  if (first === "help" && topic !== undefined && !isCommand(topic)) process.argv.splice(2, 1);
  const [, , typed = ""] = process.argv;
  const requested = commandNamed(typed);
  if (requested === "version") process.argv[2] = "--version";
  const names = Object.hasOwn(COMMANDS, requested) ? [requested] : Object.keys(COMMANDS);
  for (const name of names) {
    const command = await COMMANDS[name]?.();
    if (command === undefined) continue;
    const isGroup = command.commands.length > 0;
    // Options after a subcommand are its own.
    if (isGroup) program.enablePositionalOptions();
    for (const each of [command, ...command.commands]) {
      rejectEmptyValues(each);
      rejectSecondValues(each);
      if (isGroup) acceptVersion(each);
    }
    program.addCommand(command);
  }

  try {
    const suggestion = Object.hasOwn(COMMANDS, requested) ? null : suggestionFor(requested);
    if (suggestion !== null) throw new ConfigError(`unknown command '${requested}': ${suggestion}`);
    await program.parseAsync();
  } catch (error) {
    process.exitCode = exitCodeOf(error);
  }
  // Exit now: a connection to an unreachable Collector may still wait for its timeout.
  process.exit();
}

/** Where options are positional, the program's own do not count after a command. */
function acceptVersion(command: Command): void {
  command.version(VERSION, VERSION_FLAGS);
  command.options.find(({ long }) => long === "--version")?.hideHelp();
}

/** The command that a word names, or the word. */
function commandNamed(word: string): string {
  return Object.hasOwn(ALIASES, word) ? (ALIASES[word] ?? word) : word;
}

function isCommand(word: string): boolean {
  return word === "help" || word.startsWith("-") || Object.hasOwn(COMMANDS, commandNamed(word));
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.success : ExitCode.usage;
  if (error instanceof OutputClosed) return ExitCode.success;
  if (error instanceof ConfigError || error instanceof CaptureFileError) {
    printMessage(error.message);
    return ExitCode.usage;
  }
  if (error instanceof CaptureError || error instanceof OutputError) {
    printMessage(error.message);
    return ExitCode.incomplete;
  }
  if (isSystemError(error)) {
    printMessage(`${error.message}; check the file, its directory and the free disk space`);
    return ExitCode.incomplete;
  }
  throw error;
}

/** An error of the operating system: printed without a stack trace, since it is no bug of wirespan. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error && "code" in error;
}
