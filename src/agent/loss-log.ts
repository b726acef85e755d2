import type { ExportCounters } from "../export/queue/exporter.ts";
import type { RateLimitedLog } from "../telemetry/log.ts";
import { countText } from "../text/number-text.ts";

/** Packets that the kernel dropped before the sensor read them; also in the result. */
export function kernelDropsSentence(packets: number): string {
  return `the kernel dropped ${countText(packets, "packet")}; give the sensor more CPU time`;
}

/** Between two looks at what is lost. */
const LOOK_MICROS = 1_000_000;

/** Writes totals of what is lost since the start, whenever they have grown. To be called regularly. */
export class LossLog {
  readonly #log: RateLimitedLog;
  #lookMicros = 0;
  #packets = 0;
  #pairs = 0;

  constructor(log: RateLimitedLog) {
    this.#log = log;
  }

  /** Whether a second has passed since it last was, or the clock was set back. */
  isDue(micros: number): boolean {
    if (Math.abs(micros - this.#lookMicros) < LOOK_MICROS) return false;
    this.#lookMicros = micros;
    return true;
  }

  packets(kernelDrops: number): void {
    if (kernelDrops <= this.#packets) return;
    this.#packets = kernelDrops;
    this.#log.write("packets", kernelDropsSentence(kernelDrops));
  }

  /** `isAccepted`: the Collector accepts span pairs now. During an outage the total only grows, and the reason is reported. */
  pairs({ dropped }: Pick<ExportCounters, "dropped">, isAccepted: boolean): void {
    const reasons = Object.entries(dropped).filter(([, pairs]) => pairs > 0);
    const total = reasons.reduce((sum, [, pairs]) => sum + pairs, 0);
    if (!isAccepted || total === this.#pairs) return;
    this.#pairs = total;
    const parts = reasons.map(([reason, pairs]) => `${pairs} ${reason}`).join(", ");
    this.#log.write(
      "pairs",
      `not delivered so far: ${countText(total, "span pair")} (${parts}); the graphs behind the Collector lack them`,
    );
  }
}
