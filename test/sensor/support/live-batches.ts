// Runs a live sensor on the device `any` until its input ends, and says when each batch of facts comes: a JSON line each.
import { MAX_RECORD_BYTES } from "../../../src/facts/record-layout.ts";
import { LiveSensor } from "../../../src/sensor/live-sensor.ts";

export interface BatchLine {
  /** Number of the batch, from 1. */
  readonly batch: number;
  /** Batches before it that did not wait for the end of a look at the ring: full ones, and those of a look that took long. */
  readonly early: number;
  readonly atMillis: number;
}

let batch = 0;
let early = 0;
const live: LiveSensor = new LiveSensor(
  { device: "any", dnsPorts: [53] },
  {
    write({ length }) {
      const line: BatchLine = { batch: ++batch, early, atMillis: performance.now() };
      process.stdout.write(`${JSON.stringify(line)}\n`);
      // There was no room for a record of any length.
      if (length > MAX_RECORD_BYTES) early++;
    },
    // Asked after each batch in the middle of a look.
    isStopRequested() {
      early++;
      return false;
    },
    stopped: () => process.exit(0),
    failed: (error) => {
      throw error;
    },
  },
);
live.run();
process.stdin.resume().once("end", () => process.exit(0));
