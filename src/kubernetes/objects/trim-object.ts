/** Trims Kubernetes objects to the records that the cluster index keeps. */
import { DNS_PORT } from "../../model/dns-message.ts";
import type { Labels, ServiceDescription } from "../../model/service-graph.ts";
import { withBoundedTexts } from "../../text/bounded-text.ts";
import { annotatedNodeAddresses, annotatedRanges, annotatedRouterAddresses } from "./annotated-addresses.ts";
import { asObject, number, numbers, objects, strings, text } from "./json-fields.ts";
import { IMPORTED_SERVICE_LABEL, isRevisionLabel, SERVICE_NAME_LABEL, SERVICE_PROXY_LABEL } from "./known-labels.ts";
import type {
  ClusterRecord,
  EndpointSliceRecord,
  KubernetesObject,
  NodeRecord,
  ObjectMetadata,
  OwnerSpecRecord,
  ServiceRecord,
} from "./kubernetes-objects.ts";
import { controllerOf } from "./pod-owner.ts";
import { isTcp, podIdentityOf, selectorLabels } from "./pod-template.ts";
import { addresses, trimPod } from "./trim-pod.ts";

/**
 * The record of an object, with every text truncated to the length of a name; null for a kind that the index does not use,
 * and for an object without a name.
 * `preferLabels`: let the labels app.kubernetes.io/instance and /name set `service.name` before the owner does.
 */
export function trimObject(object: KubernetesObject, preferLabels = false): ClusterRecord | null {
  return withBoundedTexts(recordOf(object, preferLabels));
}

function recordOf(object: KubernetesObject, preferLabels: boolean): ClusterRecord | null {
  const metadata = object.metadata;
  if (metadata?.name === undefined) return null;
  switch (object.kind) {
    case "Pod":
      return trimPod(object, metadata, metadata.name, preferLabels);
    case "Service":
      return trimService(object, metadata, metadata.name);
    case "EndpointSlice":
      return trimEndpointSlice(object, metadata, metadata.name);
    case "Node":
      return trimNode(object, metadata, metadata.name);
    case "ReplicaSet":
    case "Job":
      return { kind: object.kind, uid: metadata.uid ?? "", owner: controllerOf(metadata) };
    case "Deployment":
    case "StatefulSet":
    case "DaemonSet":
    case "CronJob":
      return trimOwnerSpec(object, object.kind, metadata, preferLabels);
    default:
      return null;
  }
}

function trimService(object: KubernetesObject, metadata: ObjectMetadata, name: string): ServiceRecord {
  const spec = object.spec ?? {};
  const balancer = asObject(object.status?.loadBalancer);
  const clusterIps = strings(spec.clusterIPs);
  const ports = objects(spec.ports).filter(isTcp);
  const clusterAddresses = addresses(clusterIps.length > 0 ? clusterIps : [text(spec.clusterIP)]);
  // Nodes redirect nothing for a Service without a cluster address, or of another proxy.
  const isRedirected = clusterAddresses.length > 0 && metadata.labels?.[SERVICE_PROXY_LABEL] === undefined;
  return {
    kind: "Service",
    namespace: metadata.namespace ?? "default",
    name,
    importName: importNameOf(metadata),
    clusterAddresses,
    balancerAddresses: addresses(objects(balancer.ingress).map((ingress) => text(ingress.ip))),
    claimedAddresses: isRedirected ? addresses(strings(spec.externalIPs)) : [],
    nodePorts: numbers(ports.map((port) => port.nodePort)),
    ports: numbers(ports.map((port) => port.port)),
    servesDns: objects(spec.ports).some(({ port }) => port === DNS_PORT),
    externalName: spec.type === "ExternalName" ? domainName(text(spec.externalName)) : null,
    spec: {
      selector: selectorLabels(spec.selector),
      clusterIPs: clusterIps.length > 0 ? clusterIps : strings([spec.clusterIP]),
      type: text(spec.type) ?? "ClusterIP",
      externalTrafficPolicy: text(spec.externalTrafficPolicy),
      sourceRanges: strings(spec.loadBalancerSourceRanges),
      ports: servicePorts(ports),
    },
  };
}

/** Implementations of KEP-1645 create a Service with a generated name, and name the ServiceImport as its owner or in a label. */
function importNameOf(metadata: ObjectMetadata): string | null {
  const owner = objects(metadata.ownerReferences).find(({ kind }) => kind === "ServiceImport");
  return text(owner?.name) ?? text(metadata.labels?.[IMPORTED_SERVICE_LABEL]);
}

/** TCP ports. The API server fills in what is missing here. */
function servicePorts(ports: readonly Record<string, unknown>[]): ServiceDescription["ports"] {
  return ports.flatMap((each) => {
    const port = number(each.port);
    if (port === null) return [];
    const targetPort = number(each.targetPort) ?? text(each.targetPort) ?? port;
    return { name: text(each.name), port, targetPort, nodePort: number(each.nodePort) };
  });
}

/** Workloads that pods name as their owner. Their own spec selects the pods, and describes pods that do not exist yet. */
function trimOwnerSpec(
  object: KubernetesObject,
  ownerKind: OwnerSpecRecord["ownerKind"],
  metadata: ObjectMetadata,
  preferLabels: boolean,
): OwnerSpecRecord {
  const spec = object.spec ?? {};
  const job = asObject(asObject(spec.jobTemplate).spec);
  const template = asObject(ownerKind === "CronJob" ? job.template : spec.template);
  const identity = podIdentityOf(asObject(template.metadata), asObject(template.spec), {
    preferLabels,
    unnamedBy: "owner",
  });
  return {
    kind: "OwnerSpec",
    ownerKind,
    namespace: metadata.namespace ?? "default",
    name: metadata.name ?? "",
    selector: ownerKind === "CronJob" ? null : ownerSelector(asObject(spec.selector)),
    schedule: ownerKind === "CronJob" ? text(spec.schedule) : null,
    ...identity,
  };
}

/** Null where the selector has more than labels, or a label that pods of the next revision do not have. */
function ownerSelector({ matchLabels, matchExpressions }: Record<string, unknown>): Labels | null {
  const selector = objects(matchExpressions).length > 0 ? null : selectorLabels(matchLabels);
  return selector === null || Object.keys(selector).some(isRevisionLabel) ? null : selector;
}

function trimEndpointSlice(object: KubernetesObject, metadata: ObjectMetadata, name: string): EndpointSliceRecord {
  return {
    kind: "EndpointSlice",
    namespace: metadata.namespace ?? "default",
    name,
    serviceName: metadata.labels?.[SERVICE_NAME_LABEL] ?? "",
    endpoints: objects(object.endpoints).flatMap((endpoint) => {
      const target = asObject(endpoint.targetRef);
      const podUid = target.kind === "Pod" ? text(target.uid) : null;
      return endpointAddresses(endpoint.addresses).map((address) => ({ address, podUid }));
    }),
    ports: numbers(objects(object.ports).map((port) => port.port)),
  };
}

function trimNode(object: KubernetesObject, metadata: ObjectMetadata, name: string): NodeRecord {
  const spec = object.spec ?? {};
  const annotations = metadata.annotations ?? {};
  const podCidrs = strings(spec.podCIDRs);
  const single = text(spec.podCIDR);
  const annotated = annotatedRanges(annotations);
  return {
    kind: "Node",
    name,
    addresses: addresses([
      ...objects(object.status?.addresses).map((entry) => text(entry.address)),
      ...annotatedNodeAddresses(annotations),
    ]),
    routerAddresses: addresses(annotatedRouterAddresses(annotations)),
    podCidrs: [...(podCidrs.length > 0 || single === null ? podCidrs : [single]), ...annotated],
  };
}

/** Addresses of an endpoint, in canonical form. */
export function endpointAddresses(value: unknown): readonly string[] {
  return addresses(strings(value));
}

/** The form in which names are compared: lower case, without the root's dot. */
function domainName(name: string | null): string | null {
  return name === null ? null : name.toLowerCase().replace(/\.$/, "");
}
