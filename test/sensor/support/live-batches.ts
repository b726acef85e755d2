// Runs a live sensor on the device `any` until its input ends, and says when each batch of facts comes: a JSON line each.
import { LiveSensor } from "../../../src/sensor/live-sensor.ts";

export interface BatchLine {
  /** Number of the batch, from 1. */
  readonly batch: number;
  readonly atMillis: number;
}

let batch = 0;
const live: LiveSensor = new LiveSensor(
  { device: "any", dnsPorts: [53] },
  {
    write() {
      const line: BatchLine = { batch: ++batch, atMillis: performance.now() };
      process.stdout.write(`${JSON.stringify(line)}\n`);
    },
    isStopRequested: () => false,
    stopped: () => process.exit(0),
    failed: (error) => {
      throw error;
    },
  },
);
live.run();
process.stdin.resume().once("end", () => process.exit(0));
