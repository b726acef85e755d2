import type { ClusterIndex } from "../inventory/cluster-index.ts";
import type { ServiceDescription } from "../model/service-graph.ts";

/** Null if the cluster has no such Service. */
export function describeService(
  index: ClusterIndex,
  { namespace, name }: { readonly namespace: string | null; readonly name: string },
  atMicros: number,
): ServiceDescription | null {
  const service = index.services.withName(namespace ?? "", name);
  return service === null ? null : { atMicros, ...service.spec };
}
