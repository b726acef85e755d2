// EDGE: fs
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ExitCode } from "../../../src/model/errors.ts";
import { type ObservationGap, observationGaps } from "../../../src/render/labels/observation-gaps.ts";
import { repositoryRoot } from "../../support/paths.ts";
import type { Bed } from "./bed.ts";

const INCOMPLETE = /^wirespan: incomplete: node (\S+): /gm;

interface GraphFile {
  readonly observed: readonly { instance: string; node: string; from: number; to: number }[];
  readonly edges: readonly { client: string; outcomes: Readonly<Record<string, number>> }[];
}

/** A graph file of the agents, made by the CLI. */
export class Snapshot {
  readonly name: string;
  readonly #bed: Bed;
  readonly #file: GraphFile;

  /** Nodes that the command called incomplete. */
  readonly incompleteNodes: ReadonlySet<string>;

  private constructor(bed: Bed, name: string, said: string) {
    this.#bed = bed;
    this.name = name;
    this.incompleteNodes = new Set([...said.matchAll(INCOMPLETE)].map(([, node = ""]) => node));
    this.#file = JSON.parse(readFileSync(pathOf(bed, name), "utf8"));
  }

  /** Of all agents that run now. */
  static async take(bed: Bed, name: string): Promise<Snapshot> {
    return new Snapshot(bed, name, await wirespan(bed, "snapshot", "-o", pathOf(bed, name)));
  }

  /** `said`: what `merge` said on standard error. */
  async mergedWith({ name }: Snapshot): Promise<{ snapshot: Snapshot; said: string }> {
    const merged = `${this.name}-merged`;
    const files = [pathOf(this.#bed, this.name), pathOf(this.#bed, name)];
    const said = await wirespan(this.#bed, "merge", ...files, "-o", pathOf(this.#bed, merged));
    return { snapshot: new Snapshot(this.#bed, merged, said), said };
  }

  /** Established connections of a namespace's clients. */
  established(namespace: string): number {
    return this.#file.edges
      .filter(({ client }) => client.startsWith(`workload/${namespace}/`))
      .reduce((sum, { outcomes }) => sum + (outcomes.established ?? 0), 0);
  }

  get gaps(): readonly ObservationGap[] {
    const observed = this.#file.observed.map(({ instance, node, from, to }) => {
      return { instance, node, fromMicros: from * 1e6, toMicros: to * 1e6, lossRatio: null };
    });
    return observationGaps(observed);
  }
}

function pathOf(bed: Bed, name: string): string {
  return join(bed.state, `${name}.json`);
}

/** Standard error of the CLI in the bed; fails with it, unless it calls nodes incomplete. */
async function wirespan(bed: Bed, ...args: readonly string[]): Promise<string> {
  const { code, stderr } = await bed.run(process.execPath, [join(repositoryRoot, "dist/bin/cli.js"), ...args]);
  const isIncomplete = code === ExitCode.incomplete && stderr.search(INCOMPLETE) !== -1;
  assert.ok(code === ExitCode.success || isIncomplete, stderr);
  return stderr;
}
