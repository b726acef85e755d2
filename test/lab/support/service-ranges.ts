import type { LabCluster } from "../cluster/cluster-plan.ts";

/** The ranges that hold the cluster's Services, as the API server and engines take them. */
export function serviceRanges({ services }: LabCluster): string {
  const kubernetes = services.find(({ name }) => name === "kubernetes")?.clusterIp;
  if (kubernetes == null) throw new Error("a cluster without the Service kubernetes");
  return `${kubernetes.v4.replace(/\.\d+$/, ".0")}/24,${kubernetes.v6.replace(/:[^:]*$/, ":0")}/112`;
}
