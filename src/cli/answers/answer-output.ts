import { type Command, Option } from "commander";
import { ConfigError } from "../../model/errors.ts";
import { printIncomplete } from "../../output/completeness.ts";
import type { Output } from "../../output/files/output.ts";

/** Formats of an answer, the default first, each with the suffixes of its files. */
export type AnswerFormats<F extends string> = readonly (readonly [format: F, ...suffixes: string[]])[];

interface AnswerOutputOptions {
  readonly format?: string | undefined;
  readonly output?: string | undefined;
}

interface OutputHelp {
  readonly format: string;
  readonly output: string;
}

/** Adds `--format` and `-o` to a command. `help` replaces the texts of an answer. */
export function withAnswerOutput(
  command: Command,
  formats: AnswerFormats<string>,
  help: OutputHelp = answerHelp(formats),
): Command {
  return command
    .optionsGroup("Results:")
    .addOption(new Option("--format <format>", help.format).choices(formats.map(([format]) => format)))
    .option("-o, --output <file>", help.output);
}

function answerHelp(formats: AnswerFormats<string>): OutputHelp {
  const [[first] = [""]] = formats;
  return {
    format: `format of the answer (default: ${first})`,
    output: `${formats.map(([format]) => format).join(", ")}, or a file to write; -o ./${first} is a file`,
  };
}

/**
 * The format and the file of an answer: `-o` is a bare format, or a file whose suffix may select the format. Throws
 * ConfigError for a format that the answer does not have, and for two of them.
 */
export function readAnswerOutput<F extends string>(
  { format: named, output: written }: AnswerOutputOptions,
  formats: AnswerFormats<F>,
): { readonly format: F; readonly output: string | undefined } {
  const value = written?.replace(/^=/, "");
  const bare = formats.find(([format]) => format === value?.toLowerCase())?.[0] ?? null;
  if (named !== undefined && bare !== null && bare !== named) {
    throw new ConfigError(`--format ${named} and -o ${value} are two formats; give one, or -o ./${value} for a file`);
  }
  const output = bare === null ? value : undefined;
  const suffix = /\.(\w+)$/.exec(output ?? "")?.[1]?.toLowerCase() ?? "";
  const bySuffix = formats.find(([, ...suffixes]) => suffixes.includes(suffix))?.[0] ?? null;
  const format = bare ?? formats.find(([each]) => each === named)?.[0] ?? bySuffix ?? formats[0]?.[0];
  if (format === undefined) throw new Error("an answer without formats");
  return { format, output };
}

/** Writes an answer, prints what it lacks, and returns the exit code: `code`, unless the answer is incomplete. Throws OutputError. */
export function writeAnswer(text: string, output: Output, incomplete: readonly string[], code = 0): number {
  output.write(text);
  output.close();
  return Math.max(code, printIncomplete(incomplete));
}
