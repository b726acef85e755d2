// EDGE: writes files into a directory
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { ConfigError } from "../../model/errors.ts";
import { Output } from "../../output/files/output.ts";
import { jsonList } from "../../text/json-list.ts";
import { countText } from "../../text/number-text.ts";
import { indentedJson, visibleText } from "../../text/visible-text.ts";

/** A Kubernetes object as a file of its own. */
interface ObjectDocument {
  readonly file: string;
  readonly object: object;
  /** YAML without a separator of documents. */
  readonly yaml: string;
}

/** Objects and the comment before them. */
interface Documents {
  readonly head: readonly string[];
  readonly documents: readonly ObjectDocument[];
}

export const DOCUMENT_FORMATS = ["yaml", "json"] as const;
/** Names that these commands give to files; `kustomization.yaml` is none. */
const OBJECT_FILE = /^[^.].*\..+\.(ya?ml|json)$/;
const MAX_SHOWN_FILES = 5;
type DocumentFormat = (typeof DOCUMENT_FORMATS)[number];

/** The texts of `--format` and `-o` for objects of this kind. */
export function documentHelp(noun: string): { readonly format: string; readonly output: string } {
  return {
    format: "yaml or json (default: yaml)",
    output: `yaml, json, a file, or a directory (DIR/) for one file per ${noun}`,
  };
}

/**
 * Where objects are written: one stream, or one file for each in a directory. A path that ends with a slash, or that is a
 * directory, is one.
 */
export class DocumentOutput {
  /** As it was passed; null: a stream. */
  readonly directory: string | null;
  readonly #stream: Output | null;
  readonly #written = new Set<string>();

  /** Throws ConfigError if it cannot be written. */
  constructor(path: string | undefined, option = "-o") {
    const isDirectory = path !== undefined && (path.endsWith("/") || isExistingDirectory(path));
    this.directory = isDirectory ? path : null;
    if (path !== undefined && !isDirectory) this.#written.add(resolve(path));
    this.#stream = isDirectory ? null : new Output(path, option);
    if (!isDirectory) return;
    try {
      mkdirSync(path, { recursive: true });
    } catch (error) {
      throw new ConfigError(
        `cannot write directory ${option} ${path} (${(error as NodeJS.ErrnoException).code}); choose a writable one`,
        { cause: error },
      );
    }
  }

  /** Whether the output has the comments of `head`: a directory and JSON have no place for them. */
  hasHead(format: DocumentFormat): boolean {
    return this.#stream !== null && format === "yaml";
  }

  /** Throws OutputError. */
  write({ head, documents }: Documents, format: DocumentFormat): void {
    if (this.#stream !== null) {
      this.#stream.write(format === "json" ? listText(documents) : streamText(head, documents));
      this.#stream.close();
      return;
    }
    for (const document of documents) {
      const name = format === "json" ? document.file.replace(/\.yaml$/, ".json") : document.file;
      const path = join(this.directory ?? "", name);
      this.#written.add(resolve(path));
      const file = new Output(path);
      file.write(format === "json" ? `${indentedJson(document.object)}\n` : `---\n${document.yaml}`);
      file.close();
    }
  }

  /** Absolute paths of the files that it has written. */
  get written(): ReadonlySet<string> {
    return this.#written;
  }
}

/** False also for a path that leads through a file. */
function isExistingDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/**
 * Names the files of objects that are in the directories of these outputs and that none of them has written, such as those
 * of workloads that are gone: one sentence for each directory that has any.
 */
export function unwrittenFilesTexts(outputs: readonly DocumentOutput[]): string[] {
  const written = new Set(outputs.flatMap((output) => [...output.written]));
  const directories = new Map(
    outputs.flatMap(({ directory }) => (directory === null ? [] : [[resolve(directory), directory] as const])),
  );
  return [...directories.values()].flatMap((directory) => {
    const others = readdirSync(directory)
      .filter((name) => OBJECT_FILE.test(name) && !written.has(resolve(directory, name)))
      .sort();
    return others.length === 0 ? [] : [unwrittenFilesText(directory, others)];
  });
}

function unwrittenFilesText(directory: string, files: readonly string[]): string {
  const shown = files.slice(0, MAX_SHOWN_FILES).join(", ");
  const more = files.length > MAX_SHOWN_FILES ? ` and ${files.length - MAX_SHOWN_FILES} more` : "";
  return visibleText(
    `${directory} has ${countText(files.length, "file")} that this run did not write: ${shown}${more}; delete those whose workloads are gone`,
  );
}

function streamText(head: readonly string[], documents: readonly ObjectDocument[]): string {
  const comment = head.map((line) => `# ${visibleText(line)}\n`).join("");
  return `${comment}${documents.map(({ yaml }) => `---\n${yaml}`).join("")}`;
}

/** A `v1` List, as `kubectl get -o json` prints it. */
function listText(documents: readonly ObjectDocument[]): string {
  return `{"apiVersion":"v1","kind":"List",\n${jsonList(
    "items",
    documents.map(({ object }) => object),
  )}}\n`;
}
