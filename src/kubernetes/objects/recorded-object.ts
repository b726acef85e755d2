/** What a record keeps of an object: all that `trimObject` reads, and as little as possible besides. */
import { asObject } from "./json-fields.ts";
import { isAnnotationRead, isLabelRead } from "./known-labels.ts";
import type { KubernetesObject } from "./kubernetes-objects.ts";

/** True: the value whole; a list: each of its members in that form; a function: what it makes of the value. */
type Form = true | readonly [Form] | { readonly [field: string]: Form } | ((value: unknown) => unknown);

const PROBE: Form = { httpGet: { port: true }, tcpSocket: { port: true }, grpc: { port: true } };
const CONTAINERS: Form = [
  {
    ...{ name: true, ports: true, restartPolicy: true, env: environment },
    ...{ livenessProbe: PROBE, readinessProbe: PROBE, startupProbe: PROBE },
  },
];
const CONTAINER_STATUSES: Form = [
  { restartCount: true, state: { running: { startedAt: true }, terminated: { startedAt: true, finishedAt: true } } },
];
/** Fields of all the kinds that are watched: none has two meanings. */
const OBJECT: Form = {
  kind: true,
  metadata: {
    ...{ name: true, namespace: true, uid: true, creationTimestamp: true, deletionTimestamp: true },
    deletionGracePeriodSeconds: true,
    ...{ labels: only(isLabelRead), ownerReferences: true, annotations: only(isAnnotationRead) },
  },
  spec: {
    ...{ nodeName: true, hostNetwork: true, restartPolicy: true, containers: CONTAINERS, initContainers: CONTAINERS },
    ...{ type: true, clusterIP: true, clusterIPs: true, externalIPs: true, externalName: true, ports: true },
    ...{ podCIDR: true, podCIDRs: true },
  },
  status: {
    ...{ phase: true, podIP: true, podIPs: true, addresses: true, loadBalancer: true, conditions: readiness },
    containerStatuses: CONTAINER_STATUSES,
    initContainerStatuses: CONTAINER_STATUSES,
  },
  endpoints: [{ addresses: true, nodeName: true, targetRef: true }],
  ports: true,
};

/** Variables that name the workload, or say whether it sends spans; others may hold passwords. */
const VARIABLES: ReadonlySet<unknown> = new Set([
  ...["OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"],
  ...["OTEL_TRACES_EXPORTER", "OTEL_TRACES_SAMPLER", "OTEL_SDK_DISABLED"],
]);
/** It counts only that these are set. */
const ENDPOINT_VARIABLE = /^OTEL_EXPORTER_OTLP_(\w+_)?ENDPOINT$/;
const HIDDEN = "(not recorded)";
/** Of the resource attributes these; what else stands there is nobody's business. */
const NAMING_ATTRIBUTE = /^\s*service\.(name|namespace)\s*=/;

/** Secrets are not in it: of labels, annotations and variables only those are kept that are read. */
export function recordedObject(object: KubernetesObject): KubernetesObject {
  return pick(object, OBJECT) as KubernetesObject;
}

function pick(value: unknown, form: Form): unknown {
  if (form === true) return value;
  if (typeof form === "function") return form(value);
  if (isList(form)) return Array.isArray(value) ? value.map((member) => pick(member, form[0])) : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  const fields = asObject(value);
  const kept = Object.entries(form).flatMap(([name, inner]) => {
    const field = fields[name] === undefined ? undefined : pick(fields[name], inner);
    return field === undefined ? [] : [[name, field] as const];
  });
  return Object.fromEntries(kept);
}

function isList(form: object): form is readonly [Form] {
  return Array.isArray(form);
}

function environment(variables: unknown): unknown {
  if (!Array.isArray(variables)) return undefined;
  return variables.map(asObject).flatMap(({ name, value, valueFrom }) => {
    if (!ENDPOINT_VARIABLE.test(String(name)) && !VARIABLES.has(name)) return [];
    return [{ name, value: shownValue(String(name), value), ...(valueFrom == null ? {} : { valueFrom: {} }) }];
  });
}

/** Of a node's or pod's conditions the one that counts; others change with every heartbeat. */
function readiness(conditions: unknown): unknown {
  if (!Array.isArray(conditions)) return undefined;
  const ready = conditions.map(asObject).filter(({ type }) => type === "Ready");
  return ready.map(({ type, status }) => ({ type, status }));
}

function shownValue(name: string, value: unknown): unknown {
  if (typeof value !== "string" || value === "") return value;
  if (ENDPOINT_VARIABLE.test(name)) return HIDDEN;
  if (name !== "OTEL_RESOURCE_ATTRIBUTES") return value;
  const naming = value.split(",").filter((attribute) => NAMING_ATTRIBUTE.test(attribute));
  return naming.length === 0 ? HIDDEN : naming.join(",");
}

/** Fields by their names. */
function only(isRead: (name: string) => boolean): (value: unknown) => unknown {
  return (value) => Object.fromEntries(Object.entries(asObject(value)).filter(([name]) => isRead(name)));
}
