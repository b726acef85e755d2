/** What one agent costs; bytes without TLS. */
export interface AgentCost {
  readonly watches: number;
  /** Where all agents start at the same time. */
  readonly startRequests: number;
  readonly startRefusals: number;
  /** Until it knows the cluster: for each object of the cluster, and at all. */
  readonly startBytes: number;
  readonly startCpuSeconds: number;
  /** Memory of the API server. */
  readonly serverBytes: number;
  /** For a pod of the cluster that is replaced, with the two changes of its EndpointSlice. */
  readonly replacedBytes: number;
  readonly replacedCpuSeconds: number;
  /** For a Node's status, which its kubelet reports again. */
  readonly heartbeatBytes: number;
  readonly heartbeatCpuSeconds: number;
}

/** The measured cluster, and the one that is asked about. */
export interface ClusterLoad {
  readonly nodes: number;
  readonly pods: number;
  /** Pods replaced a second, in the whole cluster. */
  readonly replaced: number;
}

/** kubelet's `nodeStatusReportFrequency`. */
export const HEARTBEAT_SECONDS = 300;

export interface FleetCost {
  readonly watches: number;
  readonly bytesPerSecond: number;
  readonly heartbeatBytesPerSecond: number;
  readonly serverCores: number;
  readonly serverBytes: number;
  /** All agents at once; a rollout of 10 % takes a tenth of it at a time. */
  readonly startBytes: number;
  readonly startCpuSeconds: number;
}

/**
 * N agents: N × (r × replaced + N/300 × heartbeat). What a list costs goes with the number of objects, what a watch costs
 * with the changes; each agent gets both.
 * @param measured the cluster in which `agent` was measured; its objects were as many per node.
 */
export function extrapolate(agent: AgentCost, measured: ClusterLoad, asked: ClusterLoad): FleetCost {
  const { nodes, pods, replaced } = asked;
  const heartbeats = nodes / HEARTBEAT_SECONDS;
  const growth = (nodes + pods) / (measured.nodes + measured.pods);
  return {
    watches: nodes * agent.watches,
    bytesPerSecond: nodes * (replaced * agent.replacedBytes + heartbeats * agent.heartbeatBytes),
    heartbeatBytesPerSecond: nodes * heartbeats * agent.heartbeatBytes,
    serverCores: nodes * (replaced * agent.replacedCpuSeconds + heartbeats * agent.heartbeatCpuSeconds),
    serverBytes: nodes * agent.serverBytes,
    startBytes: nodes * growth * agent.startBytes,
    startCpuSeconds: nodes * growth * agent.startCpuSeconds,
  };
}
