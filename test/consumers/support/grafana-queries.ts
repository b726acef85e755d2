// What Grafana's Tempo data source asks Prometheus and Tempo for its service graph, after
// https://github.com/grafana/grafana-tempo-datasource/blob/main/src/datasource.ts and graphTransform.ts.
// The first four are drawn as nodes and edges, with what their links ask; then the table above the graph.

const TOTAL = "traces_service_graph_request_total";
const FAILED = "traces_service_graph_request_failed_total";
const SECONDS = "traces_service_graph_request_server_seconds_sum";
const BUCKET = "traces_service_graph_request_server_seconds_bucket";

const NAMESPACES = ", client_service_namespace, server_service_namespace";

export interface GraphQueries {
  readonly total: string;
  readonly failed: string;
  readonly seconds: string;
  /** One series for each edge and kind of connection: empty for requests, `database`, `virtual_node`. */
  readonly connectionTypes: string;
}

/** `range` as Grafana puts it for `$__range`. `withNamespaces` is the view's own switch. */
export function graphQueries(range: string, withNamespaces: boolean): GraphQueries {
  const by = withNamespaces ? NAMESPACES : "";
  const rate = (metric: string) => `sum by (client, server${by}) (rate(${metric}[${range}]))`;
  return {
    total: rate(TOTAL),
    failed: rate(FAILED),
    seconds: rate(SECONDS),
    connectionTypes: `group by (client, connection_type, server${by}) (${TOTAL})`,
  };
}

/** The link "Request classic histogram" of an edge: its latency, in seconds. */
export function latencyQuery(
  edge: { client: string; clientNamespace: string; server: string; serverNamespace: string },
  range: string,
): string {
  const labels = [
    `client="${edge.client}"`,
    `client_service_namespace="${edge.clientNamespace}"`,
    `server="${edge.server}"`,
    `server_service_namespace="${edge.serverNamespace}"`,
  ];
  return `histogram_quantile(0.9, sum(rate(${BUCKET}{${labels.join(",")}}[${range}])) by (le, client, server, server_service_namespace, client_service_namespace))`;
}

export interface TableQueries {
  readonly rate: string;
  readonly errorRate: string;
  readonly duration: (spanName: string) => string;
}

/** The table of span names, which Tempo's span metrics fill. */
export function tableQueries(range: string): TableQueries {
  const calls = (labels: string) =>
    `topk(5, sum(rate(traces_spanmetrics_calls_total{${labels}}[${range}])) by (span_name))`;
  return {
    rate: calls('span_kind="SPAN_KIND_SERVER"'),
    errorRate: calls('status_code="STATUS_CODE_ERROR",span_name=~"tcp connect|dns lookup"'),
    duration: (spanName) =>
      `histogram_quantile(.9, sum(rate(traces_spanmetrics_latency_bucket{span_name=~"${spanName}"}[${range}])) by (le))`,
  };
}

/** The link "View traces" of a node that sends spans of its own. */
export function tracesOfService(name: string, namespace: string): string {
  const service = `resource.service.name="${name}"`;
  return namespace === "" ? `{${service}}` : `{resource.service.namespace="${namespace}" && ${service}}`;
}

/** The same of a node that Grafana takes for one without spans. */
export function tracesOfPeer(name: string): string {
  const attributes = ["db.name", "db.system", "peer.service", "messaging.system", "net.peer.name"];
  return `{${attributes.map((attribute) => `span.${attribute}="${name}"`).join(" || ")}}`;
}
