import type { ClusterSource } from "../cluster-source/cluster-source.ts";
import type { NodeNames } from "../cluster-source/node-names.ts";
import type { Destinations } from "../output/destinations.ts";
import type { PipelineOptions } from "../pipeline.ts";
import type { SensorSource } from "../sensor/sensor-child.ts";
import type { ListenAddress } from "../telemetry/listen-address.ts";

export interface AgentOutputs extends Destinations {
  readonly output: string | undefined;
  readonly stats: string | undefined;
  readonly keepNodes: boolean;
  /** Where health and metrics are asked for; null: nowhere. */
  readonly listen: ListenAddress | null;
}

/** What the pipeline is told besides the cluster and the node that it stands on. */
export type AgentSettings = Omit<PipelineOptions, "feed" | "node" | "isOwnTraffic">;

export interface AgentRunOptions {
  readonly source: SensorSource;
  readonly settings: AgentSettings;
  readonly cluster: ClusterSource;
  /** Which node this is, of those in the cluster; null where nobody knows. Throws ConfigError. */
  readonly identify: (nodes: NodeNames) => string | null;
}
