import type { SensorRunCounters } from "../../../src/sensor/sensor-supervisor.ts";

/** A line of JSON from `support/sensor-host.ts`. */
export interface HostLine {
  readonly type?: "started" | "lost" | "stopped" | "ended";
  readonly pid?: number;
  readonly hasSameCounters?: boolean;
  readonly reason?: string;
  readonly restartMillis?: number;
  readonly outcomes?: Readonly<Record<string, number>>;
  readonly millis?: number;
  readonly counters?: SensorRunCounters;
  readonly sensor?: {
    readonly packets: number;
    readonly source: {
      readonly kernel: { readonly received: number; readonly dropped: number; readonly left: number };
      readonly longestDispatchMillis: number;
    };
  };
  readonly refused?: string;
  /** How far time has come, and how far behind the clock that is. */
  readonly timeMicros?: number;
  readonly behindMillis?: number;
}
