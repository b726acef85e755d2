import Table from "cli-table3";
import type { JobResult } from "./run-job.ts";

const SLOWEST = 30;

/** Where the time went: by kind, and the slowest jobs. */
export function tables(results: readonly JobResult[]): string {
  const byKind = table("kind", "jobs");
  for (const kind of new Set(results.map(({ job }) => job.kind))) {
    const each = results.filter(({ job }) => job.kind === kind);
    byKind.push([kind, ...figures(each), String(each.length)]);
  }
  const slowest = table("the slowest", "kind");
  for (const result of results.toSorted((one, other) => other.seconds - one.seconds).slice(0, SLOWEST))
    slowest.push([result.job.name, ...figures([result]), result.job.kind]);
  return `${byKind}\n${slowest}`;
}

/** `busy`: how many processors were at work, to hold against the shares in jobs.ts. */
function table(first: string, last: string) {
  return new Table({
    head: [first, "seconds", "processor seconds", "busy", last],
    colAligns: ["left", "right", "right", "right", "left"],
    style: { head: [], border: [], compact: true },
  });
}

function figures(results: readonly JobResult[]): string[] {
  const sum = (of: (result: JobResult) => number) => results.reduce((total, result) => total + of(result), 0);
  const [seconds, processorSeconds] = [sum((each) => each.seconds), sum((each) => each.processorSeconds)];
  return [seconds.toFixed(1), processorSeconds.toFixed(1), (processorSeconds / seconds).toFixed(2)];
}
