import { type Command, Option } from "commander";
import type { OutputFormat } from "../../output/output-option.ts";

/** The texts of `--format` and `-o`. */
interface OutputHelp {
  readonly format: string;
  readonly output: string;
}

/** Adds `--format` and `-o` to a command; readOutputOptions() reads both. `help` replaces the texts of an answer. */
export function withOutputOptions(
  command: Command,
  formats: readonly OutputFormat[],
  help: OutputHelp = answerHelp(formats),
): Command {
  const format = new Option("--format <format>", help.format).choices(formats);
  return (
    command
      .optionsGroup("Results:")
      // The choices are for the help. The value is checked together with -o, and not by the parent of a subcommand.
      .addOption(format.argParser((text: string) => text))
      .option("-o, --output <file>", help.output)
  );
}

function answerHelp(formats: readonly OutputFormat[]): OutputHelp {
  const [first = ""] = formats;
  return {
    format: `format of the answer (default: ${first})`,
    output: `${formats.join(", ")}, or a file to write; -o ./${first} is a file`,
  };
}
