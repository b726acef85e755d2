import type { JobResult } from "./run-job.ts";

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const TOTAL = /^ℹ (tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) ([\d.]+)$/;

/** What node:test counted, and the output without these lines. */
export function countTests({ job, log, code, isLate, seconds }: JobResult): { totals: Totals; text: string } {
  const counted = new Map<string, number>();
  const lines: string[] = [];
  for (const line of log.split("\n")) {
    const [, name, count] = TOTAL.exec(line) ?? [];
    if (name === undefined || !job.isTest) lines.push(line);
    else counted.set(name, Number(count));
  }
  const of = (name: string) => counted.get(name) ?? 0;
  const problem = (text: string) => ({ totals: { passed: of("pass"), failed: 1, skipped: of("skipped") }, text });
  const text = lines.join("\n").trimEnd();
  if (isLate) return problem(`${text}\n✖ not ended after ${seconds.toFixed(0)} s: it was killed`.trimStart());
  const failed = of("fail") + of("cancelled");
  if (code !== 0 && failed === 0)
    return problem(`${text}\n✖ ended with ${code ?? "a signal, or did not start"}`.trimStart());
  // A file whose process ends before its tests do says nothing of them.
  if (job.isTest && of("tests") === 0) return problem(`${text}\n✖ ended without a test`.trimStart());
  return { totals: { passed: of("pass"), failed, skipped: of("skipped") }, text };
}

export function addTotals(one: Totals, other: Totals): Totals {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
  };
}
