import { ConfigError } from "../../model/errors.ts";
import type { ServiceGraph } from "../../model/service-graph.ts";

/** Options of the metrics in Prometheus, as commander returns them. */
export interface PrometheusOptions {
  readonly prometheus?: string;
  readonly range?: string;
  readonly at?: string;
}

/** The graph of the service graph metrics in Prometheus. Throws ConfigError. */
export async function readPrometheusGraph(_options: PrometheusOptions): Promise<ServiceGraph> {
  throw new ConfigError("reading metrics is not supported yet; give a capture file or --graph FILE");
}
