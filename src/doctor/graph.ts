// EDGE: time
import { setTimeout as delay } from "node:timers/promises";
import { TEST_CLIENT } from "./collector.ts";
import { type Finding, failed } from "./finding.ts";
import { countedPairs, graphFindings } from "./graph-findings.ts";
import type { Prometheus, Series } from "./prometheus.ts";

const POLL_MILLIS = 1_000;
/** A second generator is slower than the first: so much of the whole time is waited for it. */
const SECOND_GENERATOR_SHARE = 0.25;

const TEST_SERIES = `{__name__=~".*traces_service_graph_request.*", client="${TEST_CLIENT}"}`;
const GRAPH = `count({__name__=~".*traces_service_graph_request.*", client!="${TEST_CLIENT}"})`;
const COLLECTOR = 'count({__name__=~"otelcol_receiver_accepted_spans.*"})';
const SAMPLERS = 'count({__name__=~"otelcol_processor_(probabilistic_sampler|tail_sampling)_.+"})';

/** Looks at a Prometheus before test pairs are sent and after, and tells what became of them. */
export class GraphCheck {
  readonly #prometheus: Prometheus;
  readonly #seconds: number;
  readonly #before: ReadonlyMap<string, number>;

  /** `seconds`: how long is waited for the pairs. Rejects with one sentence when Prometheus does not answer. */
  static async start(prometheus: Prometheus, seconds: number): Promise<GraphCheck> {
    const series = await prometheus.query(TEST_SERIES);
    return new GraphCheck(prometheus, seconds, new Map(series.map((one) => [keyOf(one), one.value])));
  }

  private constructor(prometheus: Prometheus, seconds: number, before: ReadonlyMap<string, number>) {
    this.#prometheus = prometheus;
    this.#seconds = seconds;
    this.#before = before;
  }

  /** `sent`: test pairs that the Collector took. */
  async findings(sent: number): Promise<readonly Finding[]> {
    try {
      const grown = await this.#untilCounted(sent);
      const [hasGraph, hasCollector, hasSampler] = [
        await this.#isThere(GRAPH),
        await this.#isThere(COLLECTOR),
        await this.#isThere(SAMPLERS),
      ];
      const { secondsAhead } = this.#prometheus;
      return graphFindings({ sent, grown, hasGraph, hasCollector, hasSampler, secondsAhead });
    } catch (error) {
      return [failed("graph", (error as Error).message)];
    }
  }

  async #untilCounted(sent: number): Promise<readonly Series[]> {
    let end = performance.now() + this.#seconds * 1000;
    let isComplete = false;
    for (;;) {
      const grown = (await this.#prometheus.query(TEST_SERIES)).map((one) => this.#growth(one));
      const counted = countedPairs(grown);
      if (counted >= sent && !isComplete) {
        isComplete = true;
        end = Math.min(end, performance.now() + this.#seconds * SECOND_GENERATOR_SHARE * 1000);
      }
      if (counted > sent || performance.now() > end) return grown;
      await delay(POLL_MILLIS);
    }
  }

  /** A counter that is smaller than before was set back in between. */
  #growth(series: Series): Series {
    const before = this.#before.get(keyOf(series)) ?? 0;
    return { ...series, value: series.value >= before ? series.value - before : series.value };
  }

  async #isThere(expression: string): Promise<boolean> {
    return (await this.#prometheus.query(expression)).some(({ value }) => value > 0);
  }
}

function keyOf({ name, labels }: Series): string {
  return JSON.stringify([name, Object.entries(labels).sort()]);
}
