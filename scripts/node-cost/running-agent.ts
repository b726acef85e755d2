// EDGE: child_process
import type { ChildProcess } from "node:child_process";
import { text } from "node:stream/consumers";
import type { Stats } from "../../src/telemetry/stats.ts";
import { end } from "../../test/lab/support/commands.ts";
import { cpuMillis, type Held, heldBy } from "./processes.ts";

/** Of both processes. */
export interface PerProcess<T> {
  readonly sensor: T;
  readonly agent: T;
}

/** What an agent left at its end. */
export interface LastWords {
  /** Exit code of the agent: 1 if anything is missing. */
  readonly code: number | null;
  readonly stats: Partial<Stats>;
  readonly stderr: string;
}

/** A sensor and an agent, as the chart's two containers run them. */
export class RunningAgent {
  readonly #sensor: ChildProcess;
  readonly #agent: ChildProcess;
  /** The counters that the agent writes at its end. */
  readonly #stats: Promise<string>;
  #stderr = "";

  constructor(sensor: ChildProcess, agent: ChildProcess) {
    if (agent.stdout === null) throw new Error("the standard output of an agent, which has its counters, must be read");
    this.#sensor = sensor;
    this.#agent = agent;
    this.#stats = text(agent.stdout);
    for (const [name, child] of [
      ["sensor", sensor],
      ["agent", agent],
    ] as const) {
      child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
        this.#stderr = `${this.#stderr}${name}: ${chunk}`.slice(-20_000);
      });
    }
  }

  /** CPU time so far, in milliseconds. */
  cpu(): PerProcess<number> {
    return this.#each(cpuMillis);
  }

  held(): PerProcess<Held> {
    return this.#each(heldBy);
  }

  /** Ends both, the agent first: it drains its sensor. */
  async stop(): Promise<LastWords> {
    await end(this.#agent);
    await end(this.#sensor);
    const stats = JSON.parse(await this.#stats) as Partial<Stats>;
    return { code: this.#agent.exitCode, stats, stderr: this.#stderr };
  }

  #each<T>(of: (pid: number) => T): PerProcess<T> {
    return { sensor: of(this.#sensor.pid ?? 0), agent: of(this.#agent.pid ?? 0) };
  }
}
