import { ConfigError } from "../model/errors.ts";
import { FORMATS, type Format } from "./results.ts";

/** The values of `--format` and `-o`. */
interface OutputOptions {
  readonly format?: string | undefined;
  readonly output?: string | undefined;
}

/** What `--format` and `-o` select. */
interface OutputChoice<F extends Format> {
  /** Null if neither the options nor the suffix of the file names one. */
  readonly format: F | null;
  /** A file, or `-`; undefined: none given. */
  readonly output: string | undefined;
}

/** Formats by suffix; the first suffix of a format is its usual one. */
const SUFFIXES: ReadonlyMap<string, Format> = new Map([
  ["json", "json"],
  ["jsonl", "jsonl"],
  ["dot", "dot"],
  ["gv", "dot"],
  ["mmd", "mermaid"],
  ["mermaid", "mermaid"],
  ["svg", "svg"],
  ["html", "html"],
]);

/** Formats of other programs, which cannot open a text table under such a name. */
const UNSUPPORTED: ReadonlySet<string> = new Set(
  "png pdf jpg jpeg gif webp bmp tif tiff eps ps csv tsv xls xlsx ods doc docx odt xml graphml gexf yaml yml drawio puml".split(
    " ",
  ),
);

/** Formats of kubectl. */
const OF_KUBECTL = /^(name|kyaml|(jsonpath|go-template|template|custom-columns)(-file|-as-json)?(=.*)?)$/;

/**
 * The format and the file of `-o`, as users of kubectl type it: the bare name of a format is that format, anything else a
 * file, whose suffix may select the format. `--format` outranks the suffix. Throws ConfigError for a format that is
 * unsupported, or not among `formats`, those of this command.
 */
export function readOutputOptions<F extends Format>(
  { format: named, output: written }: OutputOptions,
  formats: readonly F[],
): OutputChoice<F> {
  // kubectl accepts -o=json; commander passes the = on.
  const value = written?.replace(/^=/, "");
  const bare = formatNamed(value);
  if (named !== undefined && bare !== null && bare !== named) {
    throw new ConfigError(`--format ${named} and -o ${value} are two formats; give one, or -o ./${value} for a file`);
  }
  const output = bare === null ? value : undefined;
  const format = bare ?? formatNamed(named) ?? suffixFormat(output);
  if (format === null && output !== undefined && isUnsupported(output)) {
    throw new ConfigError(
      `unsupported format ${JSON.stringify(output)} of -o; use ${formats.join(", ")}, or -o ./${output} for a file`,
    );
  }
  const offered = formats.find((each) => each === format) ?? null;
  if (format !== null && offered === null) {
    throw new ConfigError(`format ${format} is not one of ${formats.join(", ")}; ${instead(format)}`);
  }
  return { format: offered, output };
}

function formatNamed(text: string | undefined): Format | null {
  return FORMATS.find((format) => format === text?.toLowerCase()) ?? null;
}

function isUnsupported(text: string): boolean {
  return UNSUPPORTED.has(text.toLowerCase()) || OF_KUBECTL.test(text);
}

/** Null without a suffix, and for one that may belong to any text. Throws ConfigError. */
function suffixFormat(output: string | undefined): Format | null {
  const suffix = /\.(\w+)$/.exec(output ?? "")?.[1]?.toLowerCase();
  if (suffix === undefined) return null;
  if (!UNSUPPORTED.has(suffix)) return SUFFIXES.get(suffix) ?? null;
  const supported = [...new Set(SUFFIXES.values())].map((known) => [...SUFFIXES].find(([, one]) => one === known)?.[0]);
  throw new ConfigError(
    `unsupported format of -o ${output}; use .${supported.join(", .")}, or set --format (a browser converts .svg and .html to PNG and PDF)`,
  );
}

/** Which command has the format. */
function instead(format: Format): string {
  switch (format) {
    case "table":
    case "wide":
      return "wirespan edges writes it";
    case "json":
      return "wirespan snapshot and wirespan edges write it";
    case "jsonl":
      return "wirespan replay and wirespan agent write it";
    default:
      return "wirespan map writes it";
  }
}
