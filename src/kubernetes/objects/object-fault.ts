/**
 * Validates every Kubernetes object from a file, a log or an API server: the fields that wirespan reads have the types of
 * the API, or the whole object is ignored. All other fields may have any value.
 */
import { isRecord, text } from "./json-fields.ts";
import { isAnnotationRead } from "./known-labels.ts";
import type { KubernetesObject } from "./kubernetes-objects.ts";

/**
 * The type of a field. `port`: a number, or the name of a port. A list: the type of each member. An object: the types of
 * its fields. A function: selects the names whose values are text. Null and undefined match every type, as in the API.
 */
type Shape =
  | "text"
  | "number"
  | "boolean"
  | "port"
  | readonly [Shape]
  | { readonly [field: string]: Shape }
  | ((name: string) => boolean);

const LABELS: Shape = () => true;
const PROBE: Shape = { httpGet: { port: "port" }, tcpSocket: { port: "port" }, grpc: { port: "port" } };
const CONTAINERS: Shape = [
  {
    restartPolicy: "text",
    image: "text",
    command: ["text"],
    args: ["text"],
    ports: [{ name: "text", protocol: "text", containerPort: "number", hostPort: "number", hostIP: "text" }],
    env: [{ name: "text", value: "text", valueFrom: {} }],
    livenessProbe: PROBE,
    readinessProbe: PROBE,
    startupProbe: PROBE,
    lifecycle: { postStart: PROBE, preStop: PROBE },
  },
];
const CONTAINER_STATUSES: Shape = [
  {
    restartCount: "number",
    state: { running: { startedAt: "text" }, terminated: { startedAt: "text", finishedAt: "text" } },
  },
];
/** The fields of a pod's spec, and of a Service's and a Node's: no field has different types in two of them. */
const SPEC = {
  nodeName: "text",
  hostNetwork: "boolean",
  restartPolicy: "text",
  containers: CONTAINERS,
  initContainers: CONTAINERS,
  type: "text",
  clusterIP: "text",
  clusterIPs: ["text"],
  externalIPs: ["text"],
  externalName: "text",
  externalTrafficPolicy: "text",
  loadBalancerSourceRanges: ["text"],
  ports: [{ name: "text", protocol: "text", port: "number", targetPort: "port", nodePort: "number" }],
  podCIDR: "text",
  podCIDRs: ["text"],
} as const satisfies Shape;
/** A pod template of a Deployment, StatefulSet or DaemonSet; in a CronJob it is the template of a Job. */
const TEMPLATE: Shape = { metadata: { labels: LABELS, annotations: isAnnotationRead }, spec: SPEC };
/** The fields of all kinds, except `spec`. */
const OBJECT = {
  metadata: {
    name: "text",
    namespace: "text",
    uid: "text",
    resourceVersion: "text",
    creationTimestamp: "text",
    deletionTimestamp: "text",
    deletionGracePeriodSeconds: "number",
    labels: LABELS,
    annotations: isAnnotationRead,
    ownerReferences: [{ kind: "text", name: "text", uid: "text", controller: "boolean" }],
  },
  status: {
    phase: "text",
    podIP: "text",
    podIPs: [{ ip: "text" }],
    hostIP: "text",
    hostIPs: [{ ip: "text" }],
    conditions: [{ type: "text", status: "text" }],
    containerStatuses: CONTAINER_STATUSES,
    initContainerStatuses: CONTAINER_STATUSES,
    addresses: [{ type: "text", address: "text" }],
    loadBalancer: { ingress: [{ ip: "text" }] },
  },
  endpoints: [{ addresses: ["text"], nodeName: "text", targetRef: { kind: "text", name: "text", uid: "text" } }],
  ports: [{ name: "text", protocol: "text", port: "number" }],
} as const satisfies Shape;

const OWNER: Shape = {
  ...OBJECT,
  spec: { selector: { matchLabels: LABELS, matchExpressions: [{}] }, template: TEMPLATE },
};
/** By kind. Other kinds may use the same field names with other types. */
const SHAPES: ReadonlyMap<unknown, Shape> = new Map<unknown, Shape>([
  ["Pod", { ...OBJECT, spec: SPEC }],
  ["Service", { ...OBJECT, spec: { ...SPEC, selector: LABELS } }],
  ["EndpointSlice", OBJECT],
  ["Node", { ...OBJECT, spec: SPEC }],
  ["ReplicaSet", OBJECT],
  ["Job", OBJECT],
  ["Deployment", OWNER],
  ["StatefulSet", OWNER],
  ["DaemonSet", OWNER],
  ["CronJob", { ...OBJECT, spec: { schedule: "text", jobTemplate: { spec: { template: TEMPLATE } } } }],
]);

/**
 * Why an object is invalid: `Pod shop/web-1: metadata.uid is an object, not text`. Null if it is valid, or of a kind that
 * wirespan does not read.
 */
export function objectFault(value: unknown): string | null {
  if (!isRecord(value)) return `an object is ${typeName(value)}`;
  const { kind } = value;
  if (kind != null && typeof kind !== "string") return `an object's kind is ${typeName(kind)}, not text`;
  const shape = SHAPES.get(kind);
  if (shape === undefined) return null;
  const fault = faultOf(value, shape, "");
  if (fault !== null) return `${kind} ${nameOf(value)}: ${fault}`;
  return text((value as KubernetesObject).metadata?.name) ? null : `${kind} (no name): metadata.name is missing`;
}

function faultOf(value: unknown, shape: Shape, path: string): string | null {
  if (value === undefined || value === null) return null;
  if (typeof shape === "string") return hasType(value, shape) ? null : typeFault(value, shape, path);
  if (isListShape(shape)) {
    if (!Array.isArray(value)) return typeFault(value, "a list", path);
    return firstFault(value, (member, i) => faultOf(member, shape[0], `${path}[${i}]`));
  }
  if (!isRecord(value)) return typeFault(value, "an object", path);
  const fields = typeof shape === "function" ? Object.keys(value).filter(shape) : Object.keys(shape);
  return firstFault(fields, (name) => {
    const inner = typeof shape === "function" ? "text" : shape[name];
    return inner === undefined ? null : faultOf(value[name], inner, path === "" ? name : `${path}.${name}`);
  });
}

function firstFault<T>(members: readonly T[], find: (member: T, index: number) => string | null): string | null {
  for (let i = 0; i < members.length; i++) {
    const fault = find(members[i] as T, i);
    if (fault !== null) return fault;
  }
  return null;
}

function hasType(value: unknown, type: "text" | "number" | "boolean" | "port"): boolean {
  if (type === "port") return typeof value === "number" || typeof value === "string";
  return typeof value === (type === "text" ? "string" : type);
}

function isListShape(shape: Shape): shape is readonly [Shape] {
  return Array.isArray(shape);
}

function typeFault(value: unknown, expected: string, path: string): string {
  const article = expected === "number" || expected === "boolean" || expected === "port" ? "a " : "";
  return `${path} is ${typeName(value)}, not ${article}${expected}`;
}

function typeName(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : typeof value === "string" ? "text" : `a ${typeof value}`;
}

/** `namespace/name`, of the parts that are text. */
function nameOf({ metadata }: Readonly<Record<string, unknown>>): string {
  const { namespace, name } = isRecord(metadata) ? metadata : {};
  const parts = [text(namespace), text(name) ?? "(no name)"].filter((part) => part !== null);
  return parts.join("/");
}
