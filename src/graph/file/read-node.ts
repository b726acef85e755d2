import { OWN_SPANS } from "../../model/interaction.ts";
import {
  type GraphNode,
  NAME_RULES,
  NODE_TYPES,
  type Observation,
  type PodCounts,
  type ResolverUse,
  type ServiceDescription,
  type WorkloadDescription,
} from "../../model/service-graph.ts";
import { MAX_RESOLVERS, MAX_VALUES } from "../bounds.ts";
import { nodeId } from "../graph-nodes.ts";
import {
  countOf,
  Damage,
  type Fields,
  fieldsOf,
  labelsOf,
  numberOf,
  objectsOf,
  oneOf,
  portOf,
  portOrNull,
  recordOf,
  type Share,
  someOf,
  textOf,
  textOrNull,
  textsOf,
  timeOf,
} from "./fields.ts";

/** Throws Damage. */
export function readObservation(fields: Fields, share: Share): Observation {
  const lossRatio = fields.lossRatio == null ? null : numberOf(fields, "lossRatio");
  if (lossRatio !== null && lossRatio > 1) throw new Damage("lossRatio is more than 1");
  return {
    instance: textOf(fields, "instance", share),
    node: textOrNull(fields, "node", share),
    fromMicros: timeOf(fields, "from"),
    toMicros: timeOf(fields, "to"),
    lossRatio,
    ...someTexts("incomplete", fields, share),
    ...someTexts("selected", fields, share),
  };
}

function someTexts<K extends "incomplete" | "selected">(
  key: K,
  fields: Fields,
  share: Share,
): Pick<Observation, K> | undefined {
  const texts = fields[key] === undefined ? [] : textsOf(fields, key, share, MAX_VALUES);
  return texts.length === 0 ? undefined : ({ [key]: texts } as Pick<Observation, K>);
}

/** Throws Damage. */
export function readNode(fields: Fields, share: Share): GraphNode {
  const type = oneOf(fields, "type", NODE_TYPES);
  const namespace = textOrNull(fields, "namespace", share);
  const name = textOf(fields, "name", share);
  const id = textOf(fields, "id", share);
  if (id !== nodeId(type, namespace, name)) throw new Damage("id does not match type, namespace and name");
  const kind = textOrNull(fields, "kind", share);
  const { workload, service, seenFromBirth } = fields;
  return {
    id,
    type,
    namespace,
    name,
    kind,
    ...(fields.isMissing === true ? { isMissing: true } : {}),
    ...(workload === undefined ? {} : { workload: objectsOf(fields, "workload", (each) => readWorkload(each, share)) }),
    ...(service === undefined ? {} : { service: readService(fieldsOf(service, "service"), share) }),
    ...(seenFromBirth === undefined ? {} : { seenFromBirth: readCounts(seenFromBirth, share) }),
    ...(fields.resolvers === undefined
      ? {}
      : { resolvers: objectsOf(fields, "resolvers", (each) => readResolver(each, share), MAX_RESOLVERS) }),
  };
}

function readWorkload(fields: Fields, share: Share): WorkloadDescription {
  const pods = fieldsOf(fields.pods, "pods");
  return {
    atMicros: timeOf(fields, "at"),
    scope: textOrNull(fields, "scope", share),
    owners: objectsOf(fields, "owners", (owner) => ({
      kind: textOf(owner, "kind", share),
      name: textOf(owner, "name", share),
    })),
    selector: fields.selector == null ? null : labelsOf(fields.selector, "selector", share),
    selectorFrom: fields.selectorFrom == null ? null : oneOf(fields, "selectorFrom", ["owner", "pods"] as const),
    labels: labelsOf(fields.labels, "labels", share),
    differingLabels: fields.differingLabels === undefined ? [] : textsOf(fields, "differingLabels", share, MAX_VALUES),
    ports: objectsOf(fields, "ports", (each) => ({
      name: textOrNull(each, "name", share),
      port: portOf(each, "port"),
    })),
    pods: {
      ...readPods(pods),
      byNode: recordOf(pods.byNode, "byNode", (each) => readPods(fieldsOf(each, "byNode")), share),
    },
    ownSpans: oneOf(fields, "ownSpans", OWN_SPANS),
    hostNetwork: fields.hostNetwork === true,
    schedule: textOrNull(fields, "schedule", share),
    namedBy: someOf(fields, "namedBy", NAME_RULES),
    language: textOrNull(fields, "language", share),
  };
}

function readPods(fields: Fields): PodCounts {
  return { total: countOf(fields, "total"), ready: countOf(fields, "ready") };
}

function readService(fields: Fields, share: Share): ServiceDescription {
  return {
    atMicros: timeOf(fields, "at"),
    selector: fields.selector == null ? null : labelsOf(fields.selector, "selector", share),
    clusterIPs: textsOf(fields, "clusterIPs", share),
    type: textOf(fields, "type", share),
    externalTrafficPolicy: textOrNull(fields, "externalTrafficPolicy", share),
    sourceRanges: textsOf(fields, "sourceRanges", share),
    ports: objectsOf(fields, "ports", (each) => ({
      name: textOrNull(each, "name", share),
      port: portOf(each, "port"),
      targetPort: typeof each.targetPort === "number" ? portOf(each, "targetPort") : textOf(each, "targetPort", share),
      nodePort: portOrNull(each, "nodePort"),
    })),
  };
}

function readCounts(value: unknown, share: Share): Readonly<Record<string, number>> {
  return recordOf(value, "seenFromBirth", (count) => countOf({ count }, "count"), share);
}

function readResolver(fields: Fields, share: Share): ResolverUse {
  return {
    address: textOf(fields, "address", share),
    port: portOf(fields, "port"),
    transport: oneOf(fields, "transport", ["udp", "tcp"]),
    end: textOrNull(fields, "end", share),
  };
}
