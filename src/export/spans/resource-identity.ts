import type { End, Workload } from "../../model/interaction.ts";
import { boundedText } from "../../text/bounded-text.ts";
import {
  ATTR_K8S_CRONJOB_NAME,
  ATTR_K8S_DAEMONSET_NAME,
  ATTR_K8S_DEPLOYMENT_NAME,
  ATTR_K8S_JOB_NAME,
  ATTR_K8S_NAMESPACE_NAME,
  ATTR_K8S_NODE_NAME,
  ATTR_K8S_POD_NAME,
  ATTR_K8S_REPLICASET_NAME,
  ATTR_K8S_REPLICATIONCONTROLLER_NAME,
  ATTR_K8S_SERVICE_NAME,
  ATTR_K8S_STATEFULSET_NAME,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_NAMESPACE,
} from "./semconv.ts";

/** Attribute values that spans use; never null. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** The Resource of a span: the observed workload, not this process. Equal identities have equal keys. */
export interface ResourceIdentity {
  readonly key: string;
  readonly serviceName: string;
  /** Null for nodes, external and unresolved ends. */
  readonly serviceNamespace: string | null;
  readonly attributes: SpanAttributes;
}

/** Name of the node of the graph that represents all Kubernetes nodes, unless `keepNodes` is set. */
const ALL_NODES = "node";
/** Name of the node of the graph for addresses with an unknown owner: an address never becomes a service name. */
const UNRESOLVED = "unresolved";

/** A map: an owner may have any kind, such as `constructor`. */
const OWNER_ATTRIBUTE: ReadonlyMap<string, string> = new Map([
  ["Deployment", ATTR_K8S_DEPLOYMENT_NAME],
  ["StatefulSet", ATTR_K8S_STATEFULSET_NAME],
  ["DaemonSet", ATTR_K8S_DAEMONSET_NAME],
  ["Job", ATTR_K8S_JOB_NAME],
  ["CronJob", ATTR_K8S_CRONJOB_NAME],
  ["ReplicaSet", ATTR_K8S_REPLICASET_NAME],
  ["ReplicationController", ATTR_K8S_REPLICATIONCONTROLLER_NAME],
  ["Pod", ATTR_K8S_POD_NAME],
]);

function identity(
  type: End["type"],
  name: string,
  namespace: string | null,
  more: Readonly<Record<string, string>>,
): ResourceIdentity {
  const attributes: Record<string, string> = { [ATTR_SERVICE_NAME]: name };
  if (namespace !== null) attributes[ATTR_SERVICE_NAMESPACE] = namespace;
  Object.assign(attributes, more);
  // No name has a line break, so different parts give different keys.
  const key = [type, ...Object.entries(attributes).flat()].join("\n");
  return { key, serviceName: name, serviceNamespace: namespace, attributes };
}

function ofWorkload(workload: Workload): ResourceIdentity {
  const name = boundedText(workload.serviceName || workload.name);
  const namespace = boundedText(workload.serviceNamespace);
  const more: Record<string, string> = { [ATTR_K8S_NAMESPACE_NAME]: boundedText(workload.namespace) };
  const owner = OWNER_ATTRIBUTE.get(workload.kind);
  if (owner !== undefined) more[owner] = boundedText(workload.name);
  return identity("workload", name, namespace, more);
}

/** Ends are few and shared, pairs are many: identities are cached by end. */
const known = { all: new WeakMap<End, ResourceIdentity>(), keepNodes: new WeakMap<End, ResourceIdentity>() };

/**
 * The Resource for the spans of an end. All Kubernetes nodes are one (`node`) unless `keepNodes`.
 * Kubernetes attributes: https://opentelemetry.io/docs/specs/semconv/resource/k8s/
 */
export function resourceIdentity(end: End, keepNodes: boolean): ResourceIdentity {
  const identities = keepNodes ? known.keepNodes : known.all;
  let made = identities.get(end);
  if (made === undefined) {
    made = identityOf(end, keepNodes);
    identities.set(end, made);
  }
  return made;
}

function identityOf(end: End, keepNodes: boolean): ResourceIdentity {
  switch (end.type) {
    case "workload":
      return ofWorkload(end);
    case "service": {
      const name = boundedText(end.name);
      const namespace = boundedText(end.namespace);
      const more = { [ATTR_K8S_NAMESPACE_NAME]: namespace, [ATTR_K8S_SERVICE_NAME]: name };
      return identity("service", name, namespace, more);
    }
    case "node": {
      if (!keepNodes) return identity("node", ALL_NODES, null, {});
      const name = boundedText(end.name);
      return identity("node", name, null, { [ATTR_K8S_NODE_NAME]: name });
    }
    case "external": {
      const name = boundedText(end.name) || "external";
      return identity("external", name, null, {});
    }
    case "unresolved":
      return identity("unresolved", UNRESOLVED, null, {});
  }
}
