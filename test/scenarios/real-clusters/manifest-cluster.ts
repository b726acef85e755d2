import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import type { KubernetesObject } from "../../../src/kubernetes/objects/kubernetes-objects.ts";
import { owner, slice, threeNodes } from "../../support/cluster/cluster-objects.ts";

/** A Service or a workload of the manifests, and the address to dial. */
export interface Place {
  /** `Service frontend`, `Deployment frontend` */
  readonly title: string;
  readonly address: string;
  readonly port: number;
  /** Of a Service, the endpoint behind it. */
  readonly endpoint: string | null;
}

export interface ManifestCluster {
  readonly objects: readonly KubernetesObject[];
  readonly places: readonly Place[];
}

interface Manifest extends KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

interface Template {
  readonly metadata?: { readonly labels?: Record<string, string>; readonly annotations?: Record<string, string> };
  readonly spec?: Record<string, unknown>;
}

interface ServicePort {
  readonly port: number;
  readonly targetPort?: number | string;
}

/** The objects of a cluster with these manifests: a pod for each workload, on node `a`, and slices for each Service. */
export function clusterOf(path: string, namespace: string): ManifestCluster {
  const manifests = parseAllDocuments(readFileSync(path, "utf8"))
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
  const objects: KubernetesObject[] = threeNodes();
  const places: Place[] = [];
  const pods: KubernetesObject[] = [];
  for (const manifest of manifests.filter(({ kind }) => kind === "Deployment" || kind === "StatefulSet")) {
    const address = `10.244.1.${pods.length + 10}`;
    const [pod, ...parents] = workload(manifest, manifest.metadata.namespace ?? namespace, address);
    if (pod === undefined) continue;
    pods.push(pod);
    objects.push(pod, ...parents);
    places.push({ title: `${manifest.kind} ${manifest.metadata.name}`, address, port: 80, endpoint: null });
  }
  for (const [i, manifest] of manifests.filter(({ kind }) => kind === "Service").entries()) {
    const { name } = manifest.metadata;
    const spec = manifest.spec ?? {};
    const path = `${manifest.metadata.namespace ?? namespace}/${name}`;
    const ports = (spec.ports ?? []) as ServicePort[];
    const [first] = ports;
    const behind = pods.filter(({ metadata }) => isSelected(metadata?.labels, spec.selector));
    const target = typeof first?.targetPort === "number" && first.targetPort > 0 ? first.targetPort : first?.port;
    const endpoint = behind[0] === undefined ? null : `${behind[0].status?.podIP}:${target}`;
    const isHeadless = spec.clusterIP === "None";
    const address = isHeadless ? String(behind[0]?.status?.podIP) : `10.96.1.${i + 1}`;
    const metadata = { name, namespace: manifest.metadata.namespace ?? namespace };
    objects.push({ ...manifest, metadata, spec: { ...spec, clusterIP: isHeadless ? "None" : address } });
    objects.push(slice(path, target ?? 0, behind));
    places.push({ title: `Service ${name}`, address, port: first?.port ?? 0, endpoint });
  }
  return { objects, places };
}

function workload({ kind, metadata, spec }: Manifest, namespace: string, ip: string): KubernetesObject[] {
  const { name } = metadata;
  const template = (spec?.template ?? {}) as Template;
  const hash = "5d9c7b8f4";
  const isDeployment = kind === "Deployment";
  const parent = isDeployment ? { kind: "ReplicaSet", name: `${name}-${hash}` } : { kind, name };
  const pod: KubernetesObject = {
    kind: "Pod",
    metadata: {
      name: isDeployment ? `${name}-${hash}-x2x4z` : `${name}-0`,
      namespace,
      uid: `uid of ${namespace}/${name}`,
      creationTimestamp: "2026-11-23T07:00:00Z",
      labels: { ...template.metadata?.labels, ...(isDeployment ? { "pod-template-hash": hash } : {}) },
      annotations: template.metadata?.annotations ?? {},
      ownerReferences: [{ ...parent, uid: `uid of ${parent.name}`, controller: true }],
    },
    spec: { ...template.spec, nodeName: "a" },
    status: { phase: "Running", podIP: ip, podIPs: [{ ip }] },
  };
  return isDeployment ? [pod, owner("ReplicaSet", `${namespace}/${parent.name}`, ["Deployment", name])] : [pod];
}

function isSelected(labels: Readonly<Record<string, string>> | undefined, selector: unknown): boolean {
  return Object.entries((selector ?? {}) as Record<string, string>).every(([key, value]) => labels?.[key] === value);
}
