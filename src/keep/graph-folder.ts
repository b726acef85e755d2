// EDGE: files
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { graphFileChunks } from "../graph/file/graph-file.ts";
import { readGraphFile } from "../graph/file/read-graph-file.ts";
import { ConfigError } from "../model/errors.ts";
import type { ServiceGraph } from "../model/service-graph.ts";
import { replaceFile } from "../output/files/replaced-file.ts";

/** A file of the folder `intents`. */
interface IntentsFile {
  /** `checkout.shop.yaml`. */
  readonly file: string;
  readonly yaml: string;
}

const GRAPH = "graph.json";
const INTENTS = "intents";
/** First line of each file in `intents`: only such files are removed. */
const MARK = "# written by wirespan keep\n";
const MAX_ASIDE = 3;
/** What replaceFile leaves behind when the process is killed. */
const UNFINISHED = /^\..+\.[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

class NoFolder extends ConfigError {}

/** The folder with the kept graph and ClientIntents. Each file is replaced as a whole. */
export class GraphFolder {
  readonly path: string;
  readonly #report: (sentence: string) => void;
  /** Why the graph that is in the folder must be set aside before another one is written; null if it need not. */
  #unusable: string | null = null;

  constructor(path: string, report: (sentence: string) => void) {
    this.path = path;
    this.#report = report;
  }

  /**
   * The kept graph; null if there is none. A damaged one is set aside. Throws ConfigError if the folder can never be used, or
   * if its graph cannot be read, since it would be lost.
   */
  async open(): Promise<ServiceGraph | null> {
    const path = join(this.path, GRAPH);
    try {
      const found = statSync(this.path, { throwIfNoEntry: false });
      if (found !== undefined && !found.isDirectory()) {
        throw new NoFolder(`--folder ${this.path} is not a directory; choose another path`);
      }
      if (statSync(path, { throwIfNoEntry: false }) === undefined) return null;
      return await readGraphFile(createReadStream(path), path);
    } catch (error) {
      if (error instanceof NoFolder) throw error;
      if (error instanceof ConfigError) {
        this.#unusable = error.message;
        this.#tryToSetAside();
        return null;
      }
      const { code } = error as NodeJS.ErrnoException;
      throw new ConfigError(`cannot read the kept graph ${path} (${code}); make it readable, or move it away`, {
        cause: error,
      });
    }
  }

  /** The graph in the folder is of another cluster: the next one does not replace it. */
  setAside(reason: string): void {
    this.#unusable = reason;
    this.#tryToSetAside();
  }

  /** Throws errors of the file system; then the folder has what it had before. */
  write(graph: ServiceGraph, intents: readonly IntentsFile[]): void {
    mkdirSync(join(this.path, INTENTS), { recursive: true });
    for (const folder of [this.path, join(this.path, INTENTS)]) removeUnfinished(folder);
    this.#setAside();
    replaceFile(join(this.path, GRAPH), graphFileChunks(graph), true);
    for (const { file, yaml } of intents) replaceIfChanged(join(this.path, INTENTS, file), MARK + yaml);
    this.#removeOldIntents(new Set(intents.map(({ file }) => file)));
  }

  #tryToSetAside(): void {
    try {
      this.#setAside();
    } catch {
      // The next write reports it.
    }
  }

  #setAside(): void {
    if (this.#unusable === null) return;
    const names = Array.from({ length: MAX_ASIDE }, (_, i) => `graph.aside-${i + 1}.json`);
    const free = names.find((name) => !existsSync(join(this.path, name))) ?? this.#oldest(names);
    renameSync(join(this.path, GRAPH), join(this.path, free));
    this.#report(`${this.#unusable}; it was renamed to ${join(this.path, free)}, and a new graph was started`);
    this.#unusable = null;
  }

  #oldest(names: readonly string[]): string {
    const changed = (name: string): number => statSync(join(this.path, name)).mtimeMs;
    return names.toSorted((a, b) => changed(a) - changed(b))[0] ?? GRAPH;
  }

  #removeOldIntents(current: ReadonlySet<string>): void {
    for (const file of readdirSync(join(this.path, INTENTS))) {
      const path = join(this.path, INTENTS, file);
      if (file.endsWith(".yaml") && !current.has(file) && readFileSync(path, "utf8").startsWith(MARK)) rmSync(path);
    }
  }
}

function replaceIfChanged(path: string, text: string): void {
  if (!existsSync(path) || readFileSync(path, "utf8") !== text) replaceFile(path, [text]);
}

function removeUnfinished(folder: string): void {
  for (const file of readdirSync(folder)) if (UNFINISHED.test(file)) rmSync(join(folder, file), { force: true });
}

const FIXES: Readonly<Record<string, string>> = {
  ENOSPC: "free space there, or enlarge its volume",
  EDQUOT: "free space there, or enlarge its volume",
  EROFS: "mount it writable",
  EACCES: "make it writable for this user",
  EPERM: "make it writable for this user",
};

/** The sentence for an error of `write`. */
export function folderProblem(path: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const fix = FIXES[code ?? ""] ?? "check the folder";
  return `cannot write to --folder ${path} (${code ?? message}): the graph is only in memory; ${fix}; trying again`;
}
