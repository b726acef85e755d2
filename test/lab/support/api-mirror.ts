import type { ApiObject, KubernetesApi } from "../../servers/kubernetes-api.ts";
import { objectKey, type WatchEvent } from "../cluster/cluster-life.ts";
import type { KubernetesObject } from "../cluster/kubernetes-objects.ts";

/** Kinds that a cluster's controllers and kubelets write and that an agent reads, in the order in which they refer. */
const KINDS = ["Node", "ReplicaSet", "Job", "Pod", "Service", "EndpointSlice"];
const GRACE_SECONDS = 30;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Writes what happens in a laboratory into a real API server, as kubelets and controllers would, while it happens: the
 * server gives its own uids and times.
 */
export class ApiMirror {
  readonly #api: KubernetesApi;
  /** The server's uids by the laboratory's. */
  readonly #uids = new Map<string, string>();
  #writing: Promise<void> = Promise.resolve();

  constructor(api: KubernetesApi) {
    this.#api = api;
  }

  /** Writes the initial objects. */
  async fill(objects: readonly KubernetesObject[]): Promise<void> {
    const namespaces = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
    // 409: `default` exists.
    for (const name of namespaces) await this.#api.request("POST", "/api/v1/namespaces", { metadata: { name } });
    const inOrder = objects.toSorted((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
    for (const object of inOrder) await this.#write({ t: 0, type: "ADDED", object });
  }

  /** Writes these events after all previous ones. */
  write(events: readonly WatchEvent[]): void {
    for (const event of events) this.#writing = this.#writing.then(() => this.#write(event));
  }

  /** Resolves when everything is written; rejects on an error. */
  written(): Promise<void> {
    return this.#writing;
  }

  async #write({ type, object }: WatchEvent): Promise<void> {
    if (!KINDS.includes(object.kind)) return;
    const wanted = this.#translated(object);
    if (type === "DELETED") return this.#delete(wanted);
    if (type === "MODIFIED") {
      const { endpoints, ports, status } = wanted;
      await (object.kind === "Pod"
        ? this.#api.patchStatus(wanted, statusOf(wanted))
        : this.#api.patch(wanted, { endpoints, ports, status }));
      return;
    }
    // The API server makes its own Service itself, with one family of addresses.
    if (objectKey(object) === "Service/default/kubernetes") {
      const { clusterIPs, ipFamilies, ipFamilyPolicy } = wanted.spec as Fields;
      await this.#api.patch(wanted, { spec: { clusterIPs, ipFamilies, ipFamilyPolicy } });
      return;
    }
    const created = await (object.kind === "Pod" ? this.#createPod(wanted) : this.#api.create(wanted));
    const { uid } = object.metadata;
    if (typeof uid === "string") this.#uids.set(uid, created.metadata.uid ?? "");
  }

  /** A pod is made, then placed on its node, then has an address. */
  async #createPod(pod: ApiObject): Promise<ApiObject> {
    const { nodeName, ...spec } = pod.spec as Fields;
    const { status: _, ...unplaced } = pod;
    const created = await this.#api.create({ ...unplaced, spec });
    const { name, namespace } = pod.metadata;
    const target = { apiVersion: "v1", kind: "Node", name: nodeName };
    const binding = { apiVersion: "v1", kind: "Binding", metadata: { name, namespace }, target };
    const { status, text } = await this.#api.request("POST", `/api/v1/namespaces/${namespace}/bindings`, binding);
    if (status >= 300) throw new Error(text);
    await this.#api.patchStatus(pod, statusOf(pod));
    return created;
  }

  async #delete(object: ApiObject): Promise<void> {
    if (object.kind === "Pod") await this.#api.delete(object, GRACE_SECONDS);
    await this.#api.delete(object);
  }

  /** As the API server takes it: without what it gives itself, with what it asks for. */
  #translated(object: KubernetesObject): ApiObject {
    const { uid: _, creationTimestamp: __, deletionTimestamp: ___, ownerReferences, ...metadata } = object.metadata;
    const owners = ((ownerReferences ?? []) as Fields[]).map((owner) => ({ ...owner, uid: this.#uidOf(owner.uid) }));
    const endpoints = object.endpoints as Fields[] | undefined;
    return {
      ...object,
      metadata: { ...metadata, ...(owners.length > 0 ? { ownerReferences: owners } : {}) },
      ...(endpoints === undefined ? {} : { endpoints: endpoints.map((endpoint) => this.#endpoint(endpoint)) }),
      ...(object.kind in REQUIRED ? { spec: { ...(object.spec as Fields), ...REQUIRED[object.kind]?.(object) } } : {}),
    };
  }

  #endpoint(endpoint: Fields): Fields {
    const target = endpoint.targetRef as Fields | undefined;
    return target === undefined ? endpoint : { ...endpoint, targetRef: { ...target, uid: this.#uidOf(target.uid) } };
  }

  #uidOf(uid: unknown): string {
    return this.#uids.get(String(uid)) ?? String(uid);
  }
}

const template = (restartPolicy: string) => ({
  metadata: { labels: { made: "by-the-laboratory" } },
  spec: { restartPolicy, containers: [{ name: "main", image: "main" }] },
});

/** Fields that the API server requires, but no test reads. */
const REQUIRED: Readonly<Record<string, (object: KubernetesObject) => Fields>> = {
  ReplicaSet: () => ({
    replicas: 0,
    selector: { matchLabels: { made: "by-the-laboratory" } },
    template: template("Always"),
  }),
  Job: () => ({ suspend: true, template: template("Never") }),
  Pod: ({ metadata }) => {
    const [owner] = (metadata.ownerReferences ?? []) as Fields[];
    return owner?.kind === "Job" ? { restartPolicy: "Never" } : {};
  },
  Service: ({ spec }) => ((spec as Fields).type === "ExternalName" ? {} : { ipFamilyPolicy: "PreferDualStack" }),
};

/** A kubelet notes when containers start and end. */
function statusOf({ status = {} }: ApiObject): Fields {
  const now = `${new Date().toISOString().slice(0, 19)}Z`;
  const { startTime: _, ...fields } = status as Fields;
  if (fields.phase !== "Succeeded") return fields;
  const terminated = { exitCode: 0, finishedAt: now };
  return { ...fields, containerStatuses: [containerStatus({ terminated })] };
}

function containerStatus(state: object): object {
  return { name: "main", image: "main", imageID: "", ready: false, restartCount: 0, state };
}
