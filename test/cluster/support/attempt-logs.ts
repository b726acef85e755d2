// EDGE: fs
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Attempt, State } from "../pods/traffic-program.ts";

type LogLine = State | Attempt | { readonly time: number; readonly problem: string };

export interface AttemptLog {
  readonly name: string;
  /** The last one. */
  readonly state: State["state"] | null;
  readonly lines: readonly LogLine[];
}

interface Growing {
  readonly name: string;
  state: State["state"] | null;
  readonly lines: LogLine[];
  /** Characters of these lines. */
  length: number;
}

/** What pods write down. Each line is parsed once, however often the logs are read. */
export class AttemptLogs {
  readonly #folder: string;
  readonly #logs = new Map<string, Growing>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The logs whose names begin with this. */
  read(prefix: string): AttemptLog[] {
    return readdirSync(this.#folder)
      .filter((name) => name.startsWith(prefix) && name.endsWith(".jsonl"))
      .map((name) => this.#read(name));
  }

  #read(name: string): AttemptLog {
    const log = this.#logs.get(name) ?? { name, state: null, lines: [], length: 0 };
    this.#logs.set(name, log);
    const text = readFileSync(join(this.#folder, name), "utf8");
    // The last line may be unfinished.
    const end = text.lastIndexOf("\n") + 1;
    for (const line of text.slice(log.length, end).split("\n").slice(0, -1)) {
      const parsed = JSON.parse(line) as LogLine;
      if ("state" in parsed) log.state = parsed.state;
      log.lines.push(parsed);
    }
    log.length = Math.max(log.length, end);
    return log;
  }
}
