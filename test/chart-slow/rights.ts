import type { ApiObject } from "../servers/kubernetes-api.ts";
import { agentPod, type PodSpec } from "./pod-spec.ts";

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Every right that the rendered objects give or ask for, in the words of the README's table; sorted. */
export function rightsIn(objects: readonly ApiObject[]): string[] {
  const ofPod = rightsOfPod(agentPod(objects));
  const roles = objects.filter(({ kind }) => kind === "ClusterRole" || kind === "Role");
  return [...new Set([...ofPod, ...roles.flatMap(rightsOfRole)])].toSorted();
}

function rightsOfPod(spec: PodSpec): string[] {
  const isAgent = (key: string): boolean => key === "hostNetwork" || key === "hostPID" || key === "hostIPC";
  const host = Object.keys(spec).filter((key) => isAgent(key) && spec[key] === true);
  const volumes = spec.volumes.flatMap(({ name, ...source }) => Object.keys(source).map((kind) => `volume ${kind}`));
  const ofContainers = spec.containers.flatMap(({ name, securityContext, ports = [], volumeMounts = [] }) => [
    ...(securityContext.capabilities.add ?? []).map((capability) => `capability ${capability} (${name})`),
    ...(securityContext.runAsNonRoot ? [] : [`root (${name})`]),
    ...(securityContext.allowPrivilegeEscalation ? [`more privileges (${name})`] : []),
    ...ports.map(({ containerPort }) => `hostPort ${containerPort}`),
    ...volumeMounts.filter(({ mountPath }) => mountPath === TOKEN).map(() => `token (${name})`),
  ]);
  const automatic = spec.automountServiceAccountToken === false ? [] : ["token (all)"];
  return [...host, ...volumes, ...ofContainers, ...automatic];
}

/** Of the agents' ClusterRole, or of a Role; the end of its name says who has it. */
function rightsOfRole({ kind, metadata: { name }, ...role }: ApiObject): string[] {
  const whom = kind === "ClusterRole" ? "" : ` (${name.split("-").at(-1)})`;
  return (role.rules as readonly Rule[]).flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.map((resource) => `${resource}${group === "" ? "" : `.${group}`}: ${verbs.join(", ")}${whom}`),
    ),
  );
}
