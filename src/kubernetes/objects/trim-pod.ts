import { canonicalAddress } from "../../model/address.ts";
import { networkStatusAddresses } from "./annotated-addresses.ts";
import { asObject, compact, number, objects, text } from "./json-fields.ts";
import { AGENT_LABEL } from "./known-labels.ts";
import type { KubernetesObject, ObjectMetadata, PodRecord } from "./kubernetes-objects.ts";
import { ownerOfPod, replicaSetOwnerKindOf } from "./pod-owner.ts";
import { containersOf, isTcp, podIdentityOf } from "./pod-template.ts";
import { createdMicrosOf, deletionRequestedMicrosOf, firstStartMicrosOf, lastEndMicrosOf } from "./pod-times.ts";

const NONE: readonly never[] = [];

/** The record of a pod. */
export function trimPod(
  object: KubernetesObject,
  metadata: ObjectMetadata,
  name: string,
  preferLabels: boolean,
): PodRecord {
  const spec = object.spec ?? {};
  const status = object.status ?? {};
  const isHostNetwork = spec.hostNetwork === true;
  const containers = containersOf(spec);
  const phase = text(status.phase);
  const podIps = objects(status.podIPs).map((entry) => text(entry.ip));
  const all = podIps.length > 0 ? podIps : [text(status.podIP)];
  const host = hostAddresses(status);
  const own = isHostNetwork ? NONE : addresses(all);
  // Before the network of a pod is set up, nothing is redirected to it: its spec claims ports that it may never get.
  const hasNodePorts = isHostNetwork || own.length > 0;
  const owner = ownerOfPod(metadata);
  const unnamedBy = owner === null || owner.kind === "Node" ? "pod" : "owner";
  const { serviceName, serviceNamespace, ownSpans, template } = podIdentityOf(metadata, spec, {
    preferLabels,
    unnamedBy,
  });
  const isReady = isReadyIn(status);
  // Any user may write the label and the owner. An agent needs the host's network, which few users may give a pod.
  const isAgent = isHostNetwork && metadata.labels?.[AGENT_LABEL] === "wirespan" && owner?.kind === "DaemonSet";
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
    nodePorts: hasNodePorts
      ? compact(containers.flatMap((container) => nodePortsOf(container, isHostNetwork, host)))
      : NONE,
    probePorts: compact(containers.flatMap(probePortsOf)),
    serviceName,
    serviceNamespace,
    ownSpans,
    template,
    replicaSetOwnerKind: replicaSetOwnerKindOf(metadata),
    isReady,
    agent: isAgent ? (isReady ? "ready" : "notReady") : null,
  };
}

/** Canonical forms of the IP addresses; drops host names, `None` and null. */
export function addresses(texts: readonly (string | null)[]): readonly string[] {
  const canonical = texts.map((entry) => (entry === null ? null : canonicalAddress(entry)));
  return compact(canonical.filter((address) => address !== null));
}

/** Addresses of its secondary interfaces; most pods have none. */
function secondaryAddressesOf({ annotations }: ObjectMetadata, own: readonly string[]): readonly string[] {
  const all = annotations == null ? NONE : networkStatusAddresses(annotations);
  return all.length === 0 ? NONE : compact(addresses(all).filter((address) => !own.includes(address)));
}

function isReadyIn(status: Record<string, unknown>): boolean {
  return objects(status.conditions).some(({ type, status }) => type === "Ready" && status === "True");
}

/** Without ports that are bound to another address than the node's. */
function nodePortsOf(container: Record<string, unknown>, isHostNetwork: boolean, host: readonly string[]): number[] {
  return objects(container.ports)
    .filter((port) => isTcp(port) && host.includes(text(port.hostIP) ?? ""))
    .map((port) => number(port.hostPort) ?? (isHostNetwork ? number(port.containerPort) : null))
    .filter((port) => port !== null);
}

/** Values of `hostIP` that stand for an address of the pod's node. */
function hostAddresses({ hostIP, hostIPs }: Record<string, unknown>): readonly string[] {
  return ["", "0.0.0.0", "::", text(hostIP) ?? "", ...objects(hostIPs).map(({ ip }) => text(ip) ?? "")];
}

/** Of probes and lifecycle hooks: the kubelet dials both. */
function probePortsOf(container: Record<string, unknown>): number[] {
  const named = new Map(objects(container.ports).map((port) => [text(port.name), number(port.containerPort)] as const));
  const { livenessProbe, readinessProbe, startupProbe } = container;
  const { postStart, preStop } = asObject(container.lifecycle);
  return [livenessProbe, readinessProbe, startupProbe, postStart, preStop].map(asObject).flatMap((call) => {
    return ["httpGet", "tcpSocket", "grpc"].flatMap((how) => {
      const port = asObject(call[how]).port;
      const name = text(port);
      const value = number(port) ?? (name === null ? null : named.get(name));
      return value == null ? [] : [value];
    });
  });
}
