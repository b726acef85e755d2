import { ConfigError } from "../model/errors.ts";

/** Every format that a command writes, with the suffixes of its files, the usual one first. `.txt` is a suffix of any text. */
const SUFFIXES = {
  table: [],
  wide: [],
  text: [],
  json: ["json"],
  jsonl: ["jsonl"],
  yaml: ["yaml", "yml"],
  dot: ["dot", "gv"],
  mermaid: ["mmd", "mermaid"],
  markdown: ["md"],
  svg: ["svg"],
  html: ["html", "htm"],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type OutputFormat = keyof typeof SUFFIXES;
const ALL = Object.keys(SUFFIXES) as OutputFormat[];

/** The values of `--format` and `-o`. */
interface OutputOptions {
  readonly format?: string | undefined;
  readonly output?: string | undefined;
}

/** What `--format` and `-o` select. */
interface OutputChoice<F extends OutputFormat> {
  /** Null if neither the options nor the suffix of the file names one. */
  readonly format: F | null;
  /** A file, or `-`; undefined: none given. */
  readonly output: string | undefined;
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "));
const PICTURES = words("png pdf jpg jpeg gif webp bmp tif tiff eps ps");
/** Formats of other programs, which cannot open a text table under such a name. */
const FOREIGN = words("csv tsv xls xlsx ods doc docx odt xml graphml gexf drawio puml gz zip zst xz bz2");
/** Formats of kubectl that wirespan does not write. */
const OF_KUBECTL = /^(name|kyaml|(jsonpath|go-template|template|custom-columns)(-file|-as-json)?(=.*)?)$/;

/**
 * The format and the file of `--format` and `-o`, as users of kubectl type them. The rule is the same for all commands: the bare
 * name of a format, in any case, is never a file; anything else is a file, whose suffix selects the format unless `--format`
 * does. `formats` are those of the command. Throws ConfigError for another format, and for two of them.
 */
export function readOutputOptions<F extends OutputFormat>(
  { format: named, output: written }: OutputOptions,
  formats: readonly F[],
): OutputChoice<F> {
  const format = named === undefined ? null : offered(formatNamed(named), formats);
  if (named !== undefined && format === null) {
    throw unsupported(`${JSON.stringify(named)} of --format`, formats.join(", "), named);
  }
  // kubectl accepts -o=json; commander passes the = on.
  const value = written?.replace(/^=/, "");
  if (value === undefined) return { format, output: undefined };
  if (!isFormatName(value)) return { format: format ?? suffixFormat(value, formats), output: value };
  const bare = offered(formatNamed(value), formats);
  if (bare === null) {
    throw unsupported(`${JSON.stringify(value)} of -o`, `${formats.join(", ")}, or -o ./${value} for a file`, value);
  }
  if (format !== null && format !== bare) {
    throw new ConfigError(
      `--format ${named} and -o ${value} are different formats; use one of them, or -o ./${value} for a file`,
    );
  }
  return { format: bare, output: undefined };
}

/** The format with this name, or whose files have this suffix. */
function formatNamed(word: string): OutputFormat | null {
  const lower = word.toLowerCase();
  return ALL.find((format) => format === lower) ?? formatOfSuffix(lower);
}

function formatOfSuffix(suffix: string): OutputFormat | null {
  return ALL.find((format) => (SUFFIXES[format] as readonly string[]).includes(suffix)) ?? null;
}

function offered<F extends OutputFormat>(format: OutputFormat | null, formats: readonly F[]): F | null {
  return formats.find((each) => each === format) ?? null;
}

function isForeign(word: string): boolean {
  return PICTURES.has(word) || FOREIGN.has(word);
}

function isFormatName(text: string): boolean {
  return formatNamed(text) !== null || isForeign(text.toLowerCase()) || OF_KUBECTL.test(text);
}

/** Null without a suffix, and for one that may be that of any text. Throws ConfigError for a suffix of another format. */
function suffixFormat<F extends OutputFormat>(path: string, formats: readonly F[]): F | null {
  const suffix = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? "";
  const known = formatOfSuffix(suffix);
  const format = offered(known, formats);
  if (format !== null || (known === null && !isForeign(suffix))) return format;
  const usual = formats.flatMap((each) => (SUFFIXES[each][0] === undefined ? [] : `.${SUFFIXES[each][0]}`)).join(", ");
  throw unsupported(`of -o ${path}`, formats.length > 1 ? `${usual}, or set --format` : usual, suffix);
}

function unsupported(what: string, instead: string, word: string): ConfigError {
  const hint = hintFor(word.toLowerCase());
  return new ConfigError(`unsupported format ${what}; use ${instead}${hint === null ? "" : ` (${hint})`}`);
}

/** Which command has the format, or what comes closest; null if there is nothing to say. */
function hintFor(word: string): string | null {
  if (PICTURES.has(word)) return "a browser converts the .svg and .html of wirespan map to PNG and PDF";
  const format = formatNamed(word);
  switch (format) {
    case "table":
    case "wide":
    case "json":
      return `wirespan edges writes ${format}`;
    case "jsonl":
      return "wirespan replay and wirespan agent write jsonl";
    case "dot":
    case "mermaid":
    case "svg":
    case "html":
      return `wirespan map writes ${format}`;
    case "markdown":
      return "wirespan map -o mermaid writes a diagram for Markdown";
    case "text":
    case "yaml":
    case null:
      return null;
  }
}
