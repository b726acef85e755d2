// EDGE: timers
import { setTimeout as delay } from "node:timers/promises";
import type { Prometheus, Series } from "../prometheus/prometheus.ts";
import { TEST_CLIENT } from "../prometheus/test-client.ts";
import { uniqueTestServer } from "./collector.ts";
import { type Finding, failed } from "./finding.ts";
import { countedPairs, graphFindings } from "./graph-findings.ts";

const POLL_MILLIS = 1_000;
/** Share of the time limit to wait for a second component that writes the same graph, after the first has. */
const SECOND_GENERATOR_SHARE = 0.25;

const GRAPH = `count({__name__=~".*traces_service_graph_request.*", client!="${TEST_CLIENT}"})`;
const COLLECTOR = 'count({__name__=~"otelcol_receiver_accepted_spans.*"})';
const SAMPLERS = 'count({__name__=~"otelcol_processor_(probabilistic_sampler|tail_sampling)_.+"})';

/** Queries Prometheus for the test pairs, and finds the cause if they are missing or counted twice. */
export class GraphCheck {
  readonly #prometheus: Prometheus;
  readonly #seconds: number;
  /** Server name for the test pairs. */
  readonly server = uniqueTestServer();
  readonly #testSeries =
    `{__name__=~".*traces_service_graph_request.*", client="${TEST_CLIENT}", server="${this.server}"}`;

  /** `seconds`: time limit for the pairs. Rejects with one sentence if Prometheus does not answer. */
  static async start(prometheus: Prometheus, seconds: number): Promise<GraphCheck> {
    const check = new GraphCheck(prometheus, seconds);
    await prometheus.query(check.#testSeries);
    return check;
  }

  private constructor(prometheus: Prometheus, seconds: number) {
    this.#prometheus = prometheus;
    this.#seconds = seconds;
  }

  /** `sent`: test pairs that the Collector accepted. */
  async findings(sent: number): Promise<readonly Finding[]> {
    try {
      const testSeries = await this.#untilCounted(sent);
      const [hasGraph, hasCollector, hasSampler] = [
        await this.#exists(GRAPH),
        await this.#exists(COLLECTOR),
        await this.#exists(SAMPLERS),
      ];
      const { secondsAhead } = this.#prometheus;
      return graphFindings({ sent, testSeries, hasGraph, hasCollector, hasSampler, secondsAhead });
    } catch (error) {
      return [failed("graph", (error as Error).message)];
    }
  }

  async #untilCounted(sent: number): Promise<readonly Series[]> {
    let end = performance.now() + this.#seconds * 1000;
    let isComplete = false;
    for (;;) {
      const testSeries = await this.#prometheus.query(this.#testSeries);
      const counted = countedPairs(testSeries);
      if (counted >= sent && !isComplete) {
        isComplete = true;
        end = Math.min(end, performance.now() + this.#seconds * SECOND_GENERATOR_SHARE * 1000);
      }
      if (counted > sent || performance.now() > end) return testSeries;
      await delay(POLL_MILLIS);
    }
  }

  async #exists(expression: string): Promise<boolean> {
    return (await this.#prometheus.query(expression)).some(({ value }) => value > 0);
  }
}
