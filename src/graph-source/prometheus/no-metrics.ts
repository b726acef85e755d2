import type { Prometheus } from "../../prometheus/prometheus.ts";
import type { TimeSpan } from "./sample-pages.ts";

const PREFIXED = /^(.+)_traces_service_graph_request_(failed_)?total$/;

/** Why a range has no sample, with the fix. */
export async function noMetricsProblem(
  prometheus: Prometheus,
  range: TimeSpan,
  matchers: readonly string[],
): Promise<string> {
  const { url } = prometheus;
  const seconds = range.to - range.from;
  const named = await prometheus.query(
    `count by (__name__) (last_over_time({__name__=~".*traces_service_graph_request_(failed_)?total"}[${seconds}s]))`,
    range.to,
  );
  const prefix = named.map(({ name }) => PREFIXED.exec(name)?.[1]).find((found) => found !== undefined);
  if (prefix !== undefined) {
    return `the metrics in ${url} are named ${prefix}_traces_service_graph_request_total; remove \`namespace: ${prefix}\` from the Collector's prometheus exporter`;
  }
  if (named.length > 0 && matchers.length > 0) {
    return `no traces_service_graph_request_total in ${url} matches ${matchers.join(",")}; correct --prometheus-match`;
  }
  return `${url} has no traces_service_graph_request_total in this range; a Collector configured as collector-config/collector.yaml writes it, and \`wirespan doctor --collector … --prometheus …\` finds what is missing`;
}
