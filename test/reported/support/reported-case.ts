import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { type Ended, type RunOptions, wirespan } from "../../support/cli/wirespan.ts";

/** A reported input with its correct result. Each file of `cases/` exports one as `reportedCase`. */
export interface ReportedCase {
  /** Directory of the inputs. */
  readonly folder: string;
  check(inputs: ReportedInputs): Promise<void>;
}

/** An end of an interaction in a line. */
export interface LineEnd {
  readonly type: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly kind?: string;
  readonly serviceName?: string;
  readonly address?: string;
}

interface LineEndpoint {
  readonly address: string;
  readonly port: number;
}

/** The fields of an interaction's line that the checks read. */
export interface InteractionLine {
  readonly time: number;
  readonly evidence: string;
  readonly outcome: string;
  readonly client: LineEnd;
  readonly server: LineEnd;
  readonly name: string | null;
  readonly canonicalName: string | null;
  readonly dialled: LineEndpoint | null;
  readonly clientAddress: LineEndpoint | null;
  readonly serverAddress: LineEndpoint | null;
  readonly nameAgeMs: number | null;
  readonly retries: number;
}

/** The fields of a graph that the checks read. */
export interface GraphFile {
  readonly incomplete?: boolean;
  readonly nodes: readonly { readonly id: string; readonly type: string; readonly name: string }[];
  readonly edges: readonly {
    readonly client: string;
    readonly server: string;
    readonly outcomes: Readonly<Record<string, number>>;
    readonly names: readonly string[];
  }[];
}

/** The directory of one case, and the command line run in it. */
export class ReportedInputs {
  readonly t: TestContext;
  readonly folder: string;

  constructor(t: TestContext, folder: string) {
    this.t = t;
    this.folder = folder;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Runs `wirespan` in the directory, which may be read-only. */
  run(args: string, options: RunOptions = {}): Promise<Ended> {
    return wirespan(args.split(" "), { cwd: this.folder, ...options });
  }

  /** Runs `wirespan`, which must succeed, and parses the interactions that it printed. */
  async interactions(args: string): Promise<readonly InteractionLine[]> {
    const { code, stdout, stderr } = await this.run(`${args} --format jsonl`);
    assert.equal(code, 0, stderr);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    return lines.filter(({ time }) => time !== undefined);
  }

  /** Runs `wirespan`, which must succeed, and parses the graph that it printed. */
  async graph(args: string): Promise<GraphFile> {
    const { code, stdout, stderr } = await this.run(`${args} --format json`);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  }

  /** Runs `wirespan`, which must succeed, and parses what it wrote to `--stats`. */
  async stats(args: string): Promise<Record<string, unknown>> {
    const file = join(this.scratch(), "stats.json");
    const { code, stderr } = await this.run(`${args} --format json --stats ${file}`);
    assert.equal(code, 0, stderr);
    return JSON.parse(readFileSync(file, "utf8"));
  }

  /** An empty directory that is removed after the test. */
  scratch(): string {
    const folder = mkdtempSync(join(tmpdir(), "wirespan-reported-"));
    this.t.after(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  }

  /**
   * The directory in which `make.py` made its inputs, removed after the test. Without Python, null and a diagnostic.
   */
  make(...args: readonly string[]): string | null {
    const folder = this.scratch();
    const env = { ...process.env, PYTHONPATH: dirname(this.folder), PYTHONDONTWRITEBYTECODE: "1" };
    const options = { cwd: folder, env, encoding: "utf8", timeout: 120_000 } as const;
    const { error, status, stderr } = spawnSync("python3", [this.path("make.py"), ...args], options);
    if (error !== undefined) {
      this.t.diagnostic(`NOT CHECKED: cannot run python3 (${error.message})`);
      return null;
    }
    assert.equal(status, 0, stderr);
    return folder;
  }

  /** A writable copy of the directory, removed after the test. */
  copy(): string {
    const folder = this.scratch();
    cpSync(this.folder, folder, { recursive: true });
    return folder;
  }
}

/** An end in short: `namespace/name`, or its name, or its type. */
export function endName({ namespace, name, type }: LineEnd): string {
  return namespace === undefined ? (name ?? type) : `${namespace}/${name}`;
}

/** `client -> server outcome` of each interaction, sorted, with its count. */
export function tally(lines: readonly InteractionLine[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { client, server, outcome } of lines) {
    const key = `${endName(client)} -> ${endName(server)} ${outcome}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(counts).sort());
}
