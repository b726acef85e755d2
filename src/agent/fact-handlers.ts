import { FactStreamError } from "../model/errors.ts";
import { CLOCK_STEP_MICROS, LIVE_GAP_MICROS } from "../model/waiting-times.ts";
import type { NodePipeline } from "../pipeline.ts";
import type { SensorHandlers } from "../sensor/sensor-supervisor.ts";
import { readSensorFigures } from "../telemetry/sensor-figures.ts";
import type { SensorTotals } from "./capture-stats.ts";

/** Where the clock is set back, the inventory is dated anew, which is work that a compromised sensor could cause again and again. */
const MAX_SET_BACK = 10;
const SET_BACK_MILLIS = 60_000;

/** A sensor sends packet time every 20 ms of it. Each step costs a look at all that waits, however short it is. */
const STEP_MICROS = 5_000;

/** A sensor reports the time every 200 ms. An agent that comes to it so much later was held up, and has read no updates either. */
const HELD_UP_MILLIS = 500;

interface FactTargets {
  readonly node: NodePipeline;
  readonly totals: SensorTotals;
  /** Called before packet time advances. */
  readonly applyUpdates: () => void;
  /** Packet time has reached `micros`. */
  readonly time: (micros: number) => void;
  readonly nowMillis: () => number;
  /** The clock that dates packets and cluster updates. */
  readonly wallMicros: () => number;
  /** The sensor reports the time without packets too: see `LIVE_GAP_MICROS`. */
  readonly isLive: boolean;
}

/** What an agent does with the facts of its sensors. It trusts no sensor. */
export function agentFacts({
  node,
  totals,
  applyUpdates,
  time,
  nowMillis,
  wallMicros,
  isLive,
}: FactTargets): SensorHandlers["facts"] {
  const setBacks = new SetBacks(nowMillis);
  let lastMillis = Number.POSITIVE_INFINITY;
  return {
    spare: node.spare,
    connection: (connection) => node.connection(connection),
    lookup: (lookup) => node.lookup(lookup),
    counters(counters) {
      const figures = readSensorFigures(counters);
      if (figures === null) throw new FactStreamError("invalid counters in the sensor's stream");
      totals.update(figures);
    },
    time(micros) {
      const passedMicros = micros - node.nowMicros;
      if (0 <= passedMicros && passedMicros < STEP_MICROS) return;
      if (passedMicros < -CLOCK_STEP_MICROS) setBacks.add();
      if (isLive) {
        if (passedMicros > LIVE_GAP_MICROS) node.interrupt();
        const millis = nowMillis();
        if (millis - lastMillis > HELD_UP_MILLIS) node.heldUp(wallMicros());
        lastMillis = millis;
      }
      applyUpdates();
      node.time(micros);
      time(micros);
    },
  };
}

/** Limits how often the clock may be set back. */
class SetBacks {
  readonly #nowMillis: () => number;
  #sinceMillis = Number.NEGATIVE_INFINITY;
  #count = 0;

  constructor(nowMillis: () => number) {
    this.#nowMillis = nowMillis;
  }

  add(): void {
    const now = this.#nowMillis();
    if (now - this.#sinceMillis >= SET_BACK_MILLIS) {
      this.#sinceMillis = now;
      this.#count = 0;
    }
    if (++this.#count > MAX_SET_BACK)
      throw new FactStreamError(
        `the clock was set back more than ${MAX_SET_BACK} times in a minute in the sensor's stream`,
      );
  }
}
