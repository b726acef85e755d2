/** Trims Kubernetes objects to the records that the cluster index keeps. */
import { canonicalAddress } from "../../model/address.ts";
import { DNS_PORT } from "../../model/dns-message.ts";
import { withBoundedTexts } from "../../text/bounded-text.ts";
import {
  annotatedNodeAddresses,
  annotatedRanges,
  annotatedRouterAddresses,
  networkStatusAddresses,
} from "./annotated-addresses.ts";
import { asObject, compact, number, numbers, objects, strings, text } from "./json-fields.ts";
import {
  AGENT_LABEL,
  IMPORTED_SERVICE_LABEL,
  INSTANCE_LABEL,
  SERVICE_NAME_ANNOTATION,
  SERVICE_NAME_LABEL,
  SERVICE_NAMESPACE_ANNOTATION,
} from "./known-labels.ts";
import type {
  ClusterRecord,
  EndpointSliceRecord,
  KubernetesObject,
  NodeRecord,
  ObjectMetadata,
  PodRecord,
  ServiceRecord,
} from "./kubernetes-objects.ts";
import { ownSpansOf } from "./own-spans.ts";
import { controllerOf, ownerOfPod, replicaSetOwnerKindOf } from "./pod-owner.ts";
import { createdMicrosOf, deletionRequestedMicrosOf, firstStartMicrosOf, lastEndMicrosOf } from "./pod-times.ts";
import { serviceFromEnvironment } from "./service-environment.ts";

const NONE: readonly never[] = [];

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
    default:
      return null;
  }
}

function trimPod(object: KubernetesObject, metadata: ObjectMetadata, name: string, preferLabels: boolean): PodRecord {
  const spec = object.spec ?? {};
  const status = object.status ?? {};
  const isHostNetwork = spec.hostNetwork === true;
  const containers = [...objects(spec.containers), ...objects(spec.initContainers).filter(isSidecar)];
  const phase = text(status.phase);
  const podIps = objects(status.podIPs).map((entry) => text(entry.ip));
  const all = podIps.length > 0 ? podIps : [text(status.podIP)];
  const labels = metadata.labels ?? {};
  const own = isHostNetwork ? NONE : addresses(all);
  const owner = ownerOfPod(metadata);
  const environment = serviceFromEnvironment(containers);
  return {
    kind: "Pod",
    uid: metadata.uid ?? `${metadata.namespace ?? ""}/${name}`,
    namespace: metadata.namespace ?? "default",
    name,
    nodeName: text(spec.nodeName),
    addresses: own,
    secondaryAddresses: isHostNetwork ? NONE : secondaryAddressesOf(metadata, own),
    createdMicros: createdMicrosOf(object),
    endedMicros: phase === "Succeeded" || phase === "Failed" ? lastEndMicrosOf(status) : null,
    startedMicros: firstStartMicrosOf(status),
    deletionRequestedMicros: deletionRequestedMicrosOf(metadata),
    runsToCompletion: spec.restartPolicy !== undefined && spec.restartPolicy !== "Always",
    owner,
    nodePorts: compact(containers.flatMap((container) => nodePortsOf(container, isHostNetwork))),
    probePorts: compact(containers.flatMap(probePortsOf)),
    serviceName:
      environment.name ??
      metadata.annotations?.[SERVICE_NAME_ANNOTATION] ??
      (preferLabels ? (labels[INSTANCE_LABEL] ?? labels[AGENT_LABEL] ?? null) : null),
    serviceNamespace: environment.namespace ?? metadata.annotations?.[SERVICE_NAMESPACE_ANNOTATION] ?? null,
    ownSpans: ownSpansOf(containers, metadata.annotations ?? {}),
    replicaSetOwnerKind: replicaSetOwnerKindOf(metadata),
    agent: labels[AGENT_LABEL] === "wirespan" && owner?.kind === "DaemonSet" ? agentStateOf(status) : null,
  };
}

/** Addresses of its secondary interfaces; most pods have none. */
function secondaryAddressesOf({ annotations }: ObjectMetadata, own: readonly string[]): readonly string[] {
  const all = annotations == null ? NONE : networkStatusAddresses(annotations);
  return all.length === 0 ? NONE : compact(addresses(all).filter((address) => !own.includes(address)));
}

function agentStateOf(status: Record<string, unknown>): "ready" | "notReady" {
  const isReady = objects(status.conditions).some(({ type, status }) => type === "Ready" && status === "True");
  return isReady ? "ready" : "notReady";
}

/** A sidecar is an init container with restartPolicy Always. It serves and is probed like any other container. */
function isSidecar(container: Record<string, unknown>): boolean {
  return container.restartPolicy === "Always";
}

function nodePortsOf(container: Record<string, unknown>, isHostNetwork: boolean): number[] {
  return objects(container.ports)
    .filter((port) => isTcp(port))
    .map((port) => number(port.hostPort) ?? (isHostNetwork ? number(port.containerPort) : null))
    .filter((port) => port !== null);
}

function probePortsOf(container: Record<string, unknown>): number[] {
  const named = new Map(objects(container.ports).map((port) => [text(port.name), number(port.containerPort)] as const));
  return ["livenessProbe", "readinessProbe", "startupProbe"].flatMap((key) => {
    const probe = asObject(container[key]);
    return ["httpGet", "tcpSocket", "grpc"].flatMap((how) => {
      const port = asObject(probe[how]).port;
      const name = text(port);
      const value = number(port) ?? (name === null ? null : named.get(name));
      return value == null ? [] : [value];
    });
  });
}

function trimService(object: KubernetesObject, metadata: ObjectMetadata, name: string): ServiceRecord {
  const spec = object.spec ?? {};
  const balancer = asObject(object.status?.loadBalancer);
  const clusterIps = strings(spec.clusterIPs);
  const ports = objects(spec.ports).filter(isTcp);
  return {
    kind: "Service",
    namespace: metadata.namespace ?? "default",
    name,
    importName: importNameOf(metadata),
    clusterAddresses: addresses(clusterIps.length > 0 ? clusterIps : [text(spec.clusterIP)]),
    externalAddresses: addresses([
      ...strings(spec.externalIPs),
      ...objects(balancer.ingress).map((ingress) => text(ingress.ip)),
    ]),
    nodePorts: numbers(ports.map((port) => port.nodePort)),
    ports: numbers(ports.map((port) => port.port)),
    servesDns: objects(spec.ports).some(({ port }) => port === DNS_PORT),
    externalName: spec.type === "ExternalName" ? domainName(text(spec.externalName)) : null,
  };
}

/** Implementations of KEP-1645 create a Service with a generated name, and name the ServiceImport as its owner or in a label. */
function importNameOf(metadata: ObjectMetadata): string | null {
  const owner = objects(metadata.ownerReferences).find(({ kind }) => kind === "ServiceImport");
  return text(owner?.name) ?? text(metadata.labels?.[IMPORTED_SERVICE_LABEL]);
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

/** Canonical forms of the IP addresses; drops host names, `None` and null. */
function addresses(texts: readonly (string | null)[]): readonly string[] {
  const canonical = texts.map((entry) => (entry === null ? null : canonicalAddress(entry)));
  return compact(canonical.filter((address) => address !== null));
}

function isTcp(port: Record<string, unknown>): boolean {
  return port.protocol === undefined || port.protocol === "TCP";
}

/** The form in which names are compared: lower case, without the root's dot. */
function domainName(name: string | null): string | null {
  return name === null ? null : name.toLowerCase().replace(/\.$/, "");
}
