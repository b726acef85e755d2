import type { NodeAgents } from "../inventory/node-agents.ts";
import type { Outcome } from "../model/interaction.ts";
import type { SensorRunCounters } from "../sensor/sensor-supervisor.ts";
import {
  type ResolveFigures,
  type SensorFigures,
  type Stats,
  statsSince,
  sumStats,
  toStats,
} from "../telemetry/stats.ts";

/** Figures of one run over all restarts of the sensor. */
export interface CaptureStats extends Stats {
  /** Agents that the cluster has now. */
  readonly agents: ReturnType<NodeAgents["counts"]>;
  /** Interactions by outcome. */
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  readonly sensor: Pick<SensorRunCounters, "starts" | "lost" | "lastReason" | "cutShort"> & {
    /** Packets that the kernel had received for a sensor, and that it had not read when it ended. */
    readonly unread: number;
  };
}

/** The figures of an agent that has not started to capture. */
export function statsBeforeCapture(agents: CaptureStats["agents"]): CaptureStats {
  const lost = { exited: 0, killed: 0, silent: 0, garbled: 0, refused: 0 };
  return {
    ...toStats(null, null),
    agents,
    outcomes: {},
    sensor: { starts: 0, lost, lastReason: null, cutShort: null, unread: 0 },
  };
}

/**
 * Sums the counters of all sensors of a run. Each sensor counts from its start, which may be before the run: of a sensor
 * that was there before, only what it counted since counts.
 */
export class SensorTotals {
  #now: SensorFigures | null = null;
  #earlier: Stats = toStats(null, null);
  #longestDispatchMillis = 0;
  /** Stats at the beginning of the run; null: the sensor started with it. */
  #before: Stats | null = null;
  #isFirstBefore = false;

  update(figures: SensorFigures): void {
    if (this.#isFirstBefore) this.#before = toStats(figures, null);
    this.#isFirstBefore = false;
    // A sensor reports the longest time since its last report.
    const longest = Math.max(this.#longestDispatchMillis, figures.source?.longestDispatchMillis ?? 0);
    this.#longestDispatchMillis = longest;
    this.#now = { ...figures, source: { ...figures.source, longestDispatchMillis: longest } };
  }

  /** The next figures are of another sensor, which `isOlder` than the run. */
  end(isOlder = false): void {
    this.#earlier = sumStats(this.#earlier, { ...this.#since(toStats(this.#now, null)), tables: {} });
    this.#now = null;
    this.#before = null;
    this.#isFirstBefore = isOlder;
  }

  /** Packets that earlier sensors had not read. */
  get earlierQueued(): number {
    return this.#earlier.kernelQueued;
  }

  stats(resolve: ResolveFigures): Stats {
    return sumStats(this.#earlier, this.#since(toStats(this.#now, resolve)));
  }

  #since(stats: Stats): Stats {
    return this.#before === null ? stats : statsSince(stats, this.#before);
  }
}
