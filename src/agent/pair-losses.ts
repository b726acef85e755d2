import type { ExportCounters } from "../export/queue/exporter.ts";
import type { RateLimitedLog } from "../telemetry/log.ts";
import { countText } from "../text/number-text.ts";

/** Reports span pairs that were not delivered: while others are, because during an outage the total only grows. */
export class PairLosses {
  readonly #log: RateLimitedLog;
  #reported = 0;

  constructor(log: RateLimitedLog) {
    this.#log = log;
  }

  /** To be called regularly. `isAccepted`: the Collector accepts span pairs now. */
  note({ dropped }: Pick<ExportCounters, "dropped">, isAccepted: boolean): void {
    const reasons = Object.entries(dropped).filter(([, pairs]) => pairs > 0);
    const total = reasons.reduce((sum, [, pairs]) => sum + pairs, 0);
    if (!isAccepted || total === this.#reported) return;
    this.#reported = total;
    const parts = reasons.map(([reason, pairs]) => `${pairs} ${reason}`).join(", ");
    this.#log.write(
      "pairs",
      `not delivered so far: ${countText(total, "span pair")} (${parts}); the graphs behind the Collector lack them`,
    );
  }
}
