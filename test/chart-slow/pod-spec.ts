import type { ApiObject } from "../servers/kubernetes-api.ts";

/** What tests look at of a container. */
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[];
  readonly envFrom?: readonly object[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly resources?: { readonly requests?: object; readonly limits?: object };
  readonly securityContext: SecurityContext;
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly startupProbe?: Probe;
}

export interface Probe {
  readonly exec?: { readonly command: readonly string[] };
  readonly httpGet?: object;
  readonly periodSeconds?: number;
}

export interface SecurityContext {
  readonly runAsUser: number;
  readonly runAsGroup: number;
  readonly runAsNonRoot: boolean;
  readonly allowPrivilegeEscalation: boolean;
  readonly readOnlyRootFilesystem: boolean;
  readonly seccompProfile: { readonly type: string };
  readonly capabilities: { readonly drop: readonly string[]; readonly add?: readonly string[] };
}

export interface PodSpec {
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes: readonly { readonly name: string; readonly [source: string]: unknown }[];
  readonly serviceAccountName: string;
  readonly automountServiceAccountToken?: boolean;
  readonly imagePullSecrets?: readonly { readonly name: string }[];
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations?: readonly object[];
  readonly affinity?: object;
  readonly securityContext: object;
  readonly [field: string]: unknown;
}

export interface PodTemplate {
  readonly metadata: {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: PodSpec;
}

/** The object of a kind; throws unless there is exactly one. */
export function only(objects: readonly ApiObject[], kind: string): ApiObject {
  const [found, another] = objects.filter((object) => object.kind === kind);
  if (found === undefined || another !== undefined) {
    throw new Error(`${found === undefined ? "no" : "more than one"} ${kind}`);
  }
  return found;
}

/** The template of the pods that a DaemonSet or a Job makes. */
export function podTemplate(workload: ApiObject): PodTemplate {
  return (workload.spec as { readonly template: PodTemplate }).template;
}

/** The agents' pods. */
export function agentPod(objects: readonly ApiObject[]): PodSpec {
  return podTemplate(only(objects, "DaemonSet")).spec;
}

export function container({ containers }: PodSpec, name: string): Container {
  const found = containers.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no container ${name}`);
  return found;
}
