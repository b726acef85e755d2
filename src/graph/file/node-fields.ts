import type {
  GraphNode,
  Observation,
  PodCounts,
  ServiceDescription,
  WorkloadDescription,
} from "../../model/service-graph.ts";
import { compareText } from "../order.ts";
import { toSeconds } from "./seconds.ts";

// Each function lists the fields of a line in their order, so that a new field of the model does not change the format.

/** Absent fields are undefined, which JSON leaves out. */
export function observationFields(observation: Observation): object {
  const { instance, node, fromMicros, toMicros, lossRatio, incomplete, selected } = observation;
  return { instance, node, from: toSeconds(fromMicros), to: toSeconds(toMicros), lossRatio, incomplete, selected };
}

/** Absent fields are undefined, which JSON leaves out. */
export function nodeFields(node: GraphNode): object {
  const { id, type, namespace, name, kind, isMissing, workload, service, seenFromBirth, resolvers } = node;
  return {
    id,
    type,
    namespace,
    name,
    kind,
    isMissing: isMissing === true ? true : undefined,
    workload: workload?.map(workloadFields),
    service: service && serviceFields(service),
    seenFromBirth: seenFromBirth && sorted(seenFromBirth),
    resolvers: resolvers?.map(({ address, port, transport, end }) => ({ address, port, transport, end })),
  };
}

function workloadFields(description: WorkloadDescription): object {
  const { total, ready, byNode } = description.pods;
  return {
    at: toSeconds(description.atMicros),
    scope: description.scope,
    owners: description.owners.map(({ kind, name }) => ({ kind, name })),
    selector: description.selector && sorted(description.selector),
    selectorFrom: description.selectorFrom,
    labels: sorted(description.labels),
    differingLabels: description.differingLabels.length === 0 ? undefined : description.differingLabels,
    ports: description.ports.map(({ name, port }) => ({ name, port })),
    pods: { total, ready, byNode: sorted(byNode, countsFields) },
    ownSpans: description.ownSpans,
    hostNetwork: description.hostNetwork,
    schedule: description.schedule,
    namedBy: description.namedBy,
    language: description.language,
  };
}

function countsFields({ total, ready }: PodCounts): object {
  return { total, ready };
}

function serviceFields(description: ServiceDescription): object {
  return {
    at: toSeconds(description.atMicros),
    selector: description.selector && sorted(description.selector),
    clusterIPs: description.clusterIPs,
    type: description.type,
    externalTrafficPolicy: description.externalTrafficPolicy,
    sourceRanges: description.sourceRanges,
    ports: description.ports.map(({ name, port, targetPort, nodePort }) => ({ name, port, targetPort, nodePort })),
  };
}

/** An object with sorted keys. */
function sorted<T>(values: Readonly<Record<string, T>>, fields: (value: T) => unknown = (value) => value): object {
  const entries = Object.entries(values).sort(([a], [b]) => compareText(a, b));
  return Object.fromEntries(entries.map(([key, value]) => [key, fields(value)]));
}
