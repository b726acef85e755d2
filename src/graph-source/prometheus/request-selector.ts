import { TEST_CLIENT } from "../../prometheus/test-client.ts";

export const TOTAL = "traces_service_graph_request_total";
export const FAILED = "traces_service_graph_request_failed_total";
/** The metrics that count. */
export const REQUEST_METRICS: readonly string[] = [TOTAL, FAILED];
/** Of the durations, in seconds. */
export const SECONDS_SUM = "traces_service_graph_request_server_seconds_sum";
export const BUCKETS = "traces_service_graph_request_server_seconds_bucket";

const NAMES = `__name__=~"traces_service_graph_request_(failed_)?total"`;

/** Selects the counters of edges, without those of `doctor`. `matchers`: more matchers of PromQL, such as `cluster="a"`. */
export function requestSelector(matchers: readonly string[]): string {
  return `{${[NAMES, 'client!=""', 'server!=""', `client!="${TEST_CLIENT}"`, ...matchers].join(",")}}`;
}

/** The same selector of one metric. */
export function withName(selector: string, name: string): string {
  return selector.replace(NAMES, `__name__="${name}"`);
}
