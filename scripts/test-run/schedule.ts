/** A command with a place in the schedule. */
export interface Job {
  readonly name: string;
  readonly kind: string;
  readonly command: readonly string[];
  /** Names of the jobs that must have passed. */
  readonly needs: readonly string[];
  /** How many processors it keeps busy; less than one where it waits most of the time. */
  readonly processors: number;
  /** How many jobs of its kind may run at a time. */
  readonly atOnce: number;
  /** After this time it hangs. */
  readonly timeoutSeconds: number;
  /** Whether its output ends with the totals of node:test. */
  readonly isTest: boolean;
}

export interface Machine {
  readonly processors: number;
}

export interface State {
  /** In the order in which they are to start. */
  readonly waiting: readonly Job[];
  readonly running: readonly Job[];
  /** Names of the jobs that have passed. */
  readonly passed: ReadonlySet<string>;
}

/**
 * The job to start now: the first one that the running ones leave room for; null where there is none. Where none is running,
 * any one has room. One that needs more than half of the machine is not passed by smaller ones, which would keep it waiting to
 * the end.
 */
export function nextJob({ waiting, running, passed }: State, { processors }: Machine): Job | null {
  const busy = running.reduce((sum, job) => sum + job.processors, 0);
  for (const job of waiting) {
    const isOneTooMany = running.filter(({ kind }) => kind === job.kind).length >= job.atOnce;
    if (isOneTooMany || !job.needs.every((need) => passed.has(need))) continue;
    // Sums of fractions are not exact.
    if (running.length === 0 || busy + job.processors <= processors + 1e-9) return job;
    if (job.processors > processors / 2) return null;
  }
  return null;
}
