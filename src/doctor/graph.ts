// EDGE: time
import { setTimeout as delay } from "node:timers/promises";
import { ownTestServer, TEST_CLIENT } from "./collector.ts";
import { type Finding, failed } from "./finding.ts";
import { countedPairs, graphFindings } from "./graph-findings.ts";
import type { Prometheus, Series } from "./prometheus.ts";

const POLL_MILLIS = 1_000;
/** A second generator is slower than the first: so much of the whole time is waited for it. */
const SECOND_GENERATOR_SHARE = 0.25;

const GRAPH = `count({__name__=~".*traces_service_graph_request.*", client!="${TEST_CLIENT}"})`;
const COLLECTOR = 'count({__name__=~"otelcol_receiver_accepted_spans.*"})';
const SAMPLERS = 'count({__name__=~"otelcol_processor_(probabilistic_sampler|tail_sampling)_.+"})';

/** Looks at a Prometheus after test pairs were sent, and tells what became of them. */
export class GraphCheck {
  readonly #prometheus: Prometheus;
  readonly #seconds: number;
  /** Name of the server to which the test pairs must go. */
  readonly server = ownTestServer();
  readonly #testSeries =
    `{__name__=~".*traces_service_graph_request.*", client="${TEST_CLIENT}", server="${this.server}"}`;

  /** `seconds`: how long is waited for the pairs. Rejects with one sentence when Prometheus does not answer. */
  static async start(prometheus: Prometheus, seconds: number): Promise<GraphCheck> {
    const check = new GraphCheck(prometheus, seconds);
    await prometheus.query(check.#testSeries);
    return check;
  }

  private constructor(prometheus: Prometheus, seconds: number) {
    this.#prometheus = prometheus;
    this.#seconds = seconds;
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
      const grown = await this.#prometheus.query(this.#testSeries);
      const counted = countedPairs(grown);
      if (counted >= sent && !isComplete) {
        isComplete = true;
        end = Math.min(end, performance.now() + this.#seconds * SECOND_GENERATOR_SHARE * 1000);
      }
      if (counted > sent || performance.now() > end) return grown;
      await delay(POLL_MILLIS);
    }
  }

  async #isThere(expression: string): Promise<boolean> {
    return (await this.#prometheus.query(expression)).some(({ value }) => value > 0);
  }
}
