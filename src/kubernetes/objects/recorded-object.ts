/** Reduces an object to what `record` writes: the fields that `trimObject` reads, and as little else as possible. */
import { asObject } from "./json-fields.ts";
import { isAnnotationRead, isLabelRead } from "./known-labels.ts";
import type { KubernetesObject } from "./kubernetes-objects.ts";
import { executableOf, imageWordOf, isLanguageVariable } from "./language-hint.ts";

/** True: the whole value. A list: each member in that form. A function: the result for the value. */
type Form = true | readonly [Form] | { readonly [field: string]: Form } | ((value: unknown) => unknown);

const PROBE: Form = { httpGet: { port: true }, tcpSocket: { port: true }, grpc: { port: true } };
const CONTAINER: Form = {
  name: true,
  ports: true,
  restartPolicy: true,
  env: environment,
  livenessProbe: PROBE,
  readinessProbe: PROBE,
  startupProbe: PROBE,
  lifecycle: { postStart: PROBE, preStop: PROBE },
};
const CONTAINER_STATUSES: Form = [
  { restartCount: true, state: { running: { startedAt: true }, terminated: { startedAt: true, finishedAt: true } } },
];
/** The fields of all watched kinds except labels: no field has different meanings in two kinds. */
const OBJECT: Form = {
  kind: true,
  metadata: {
    name: true,
    namespace: true,
    uid: true,
    creationTimestamp: true,
    deletionTimestamp: true,
    deletionGracePeriodSeconds: true,
    ownerReferences: true,
    annotations: only(isAnnotationRead),
  },
  spec: {
    nodeName: true,
    hostNetwork: true,
    restartPolicy: true,
    containers,
    initContainers: containers,
    type: true,
    clusterIP: true,
    clusterIPs: true,
    externalIPs: true,
    externalName: true,
    externalTrafficPolicy: true,
    loadBalancerSourceRanges: true,
    selector: true,
    ports: true,
    podCIDR: true,
    podCIDRs: true,
  },
  status: {
    phase: true,
    podIP: true,
    podIPs: true,
    hostIP: true,
    hostIPs: true,
    addresses: true,
    loadBalancer: true,
    conditions: readiness,
    containerStatuses: CONTAINER_STATUSES,
    initContainerStatuses: CONTAINER_STATUSES,
  },
  endpoints: [{ addresses: true, nodeName: true, targetRef: true }],
  ports: true,
};

/** Variables that name the workload, or control its own spans. Others may contain passwords. */
const VARIABLES: ReadonlySet<unknown> = new Set([
  "OTEL_SERVICE_NAME",
  "OTEL_RESOURCE_ATTRIBUTES",
  "OTEL_TRACES_EXPORTER",
  "OTEL_TRACES_SAMPLER",
  "OTEL_SDK_DISABLED",
]);
/** Only the presence of these variables counts, and of those that hint at a language. */
const ENDPOINT_VARIABLE = /^OTEL_EXPORTER_OTLP_(\w+_)?ENDPOINT$/;
const HIDDEN = "(not recorded)";
/** Resource attributes that name the workload. Others may be confidential. */
const NAMING_ATTRIBUTE = /^\s*service\.(name|namespace)\s*=/;

/** Pods are selected by any of their labels. */
const POD_LABELS: Form = { metadata: { labels: true } };
const LABELS: Form = { metadata: { labels: only(isLabelRead) } };

/**
 * Contains no secrets: keeps only the annotations and variables that wirespan reads, and no command and no image but the
 * word in it that hints at the language.
 */
export function recordedObject(object: KubernetesObject): KubernetesObject {
  const recorded = pick(object, OBJECT) as KubernetesObject;
  const { metadata } = pick(object, object.kind === "Pod" ? POD_LABELS : LABELS) as KubernetesObject;
  return metadata?.labels === undefined ? recorded : { ...recorded, metadata: { ...recorded.metadata, ...metadata } };
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

function containers(value: unknown): unknown {
  if (!Array.isArray(value)) return undefined;
  return value.map(asObject).map((container) => {
    const executable = executableOf(container);
    const word = imageWordOf(container);
    return {
      ...(pick(container, CONTAINER) as object),
      ...(word === null ? {} : { image: word }),
      ...(executable === null ? {} : { command: [executable] }),
    };
  });
}

function isList(form: object): form is readonly [Form] {
  return Array.isArray(form);
}

function environment(variables: unknown): unknown {
  if (!Array.isArray(variables)) return undefined;
  return variables.map(asObject).flatMap(({ name, value, valueFrom }) => {
    const isHint = isLanguageVariable(String(name));
    if (!ENDPOINT_VARIABLE.test(String(name)) && !VARIABLES.has(name) && !isHint) return [];
    return [{ name, value: recordedValue(String(name), value), ...(valueFrom == null ? {} : { valueFrom: {} }) }];
  });
}

/** Keeps the Ready condition; others change with every heartbeat. */
function readiness(conditions: unknown): unknown {
  if (!Array.isArray(conditions)) return undefined;
  const ready = conditions.map(asObject).filter(({ type }) => type === "Ready");
  return ready.map(({ type, status }) => ({ type, status }));
}

function recordedValue(name: string, value: unknown): unknown {
  if (typeof value !== "string" || value === "") return value;
  if (ENDPOINT_VARIABLE.test(name) || isLanguageVariable(name)) return HIDDEN;
  if (name !== "OTEL_RESOURCE_ATTRIBUTES") return value;
  const naming = value.split(",").filter((attribute) => NAMING_ATTRIBUTE.test(attribute));
  return naming.length === 0 ? HIDDEN : naming.join(",");
}

/** Selects fields by name. */
function only(isRead: (name: string) => boolean): (value: unknown) => unknown {
  return (value) => Object.fromEntries(Object.entries(asObject(value)).filter(([name]) => isRead(name)));
}
