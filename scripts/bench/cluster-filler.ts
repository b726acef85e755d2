import type { ApiObject, KubernetesApi } from "../../test/servers/kubernetes-api.ts";
import {
  type ClusterSize,
  NAMESPACE,
  nodeObject,
  podObject,
  replicaSetObject,
  serviceObject,
  sliceObject,
} from "./crowded-cluster.ts";

/** Concurrent requests. */
const CONCURRENCY = 16;

/** Fills an API server, and then replaces pods: one is deleted, and another one of its workload gets its address. */
export class ClusterFiller {
  readonly #api: KubernetesApi;
  readonly #replicaSets: ApiObject[] = [];
  readonly #pods: ApiObject[] = [];
  readonly #size = { nodes: 0, services: 0 };
  #replaced = 0;
  #heartbeatSeconds = 0;

  constructor(api: KubernetesApi) {
    this.#api = api;
  }

  /** Adds objects up to this size. */
  async grow(size: ClusterSize): Promise<void> {
    const api = this.#api;
    // 409: the namespace exists.
    await api.request("POST", "/api/v1/namespaces", { metadata: { name: NAMESPACE } });
    await each(this.#size.nodes, size.nodes, (i) => api.create(nodeObject(i)));
    await each(this.#replicaSets.length, size.replicaSets, async (i) => {
      this.#replicaSets[i] = await api.create(replicaSetObject(i));
    });
    await each(this.#pods.length, size.pods, async (i) => {
      this.#pods[i] = await api.create(podObject(i, `pod-${i}`, this.#replicaSetOf(i), size.nodes));
    });
    await each(this.#size.services, size.services, async (i) => {
      await api.create(serviceObject(i));
      await api.create(sliceObject(i, this.#podsOf(i, size.replicaSets)));
    });
    this.#size.nodes = size.nodes;
    this.#size.services = size.services;
  }

  /** Deletes this number of pods, and creates another one for each: three events per pod. */
  async replace(pods: number): Promise<void> {
    const first = this.#replaced;
    this.#replaced += pods;
    await each(first, this.#replaced, (i) => this.#replaceOne(i, false));
  }

  /** The same for one pod, with its Service's endpoints: without the old pod, then with the new one. Five events. */
  async replaceWithEndpoints(): Promise<void> {
    await this.#replaceOne(this.#replaced++, true);
  }

  /** Reports a Node's unchanged status again, as its kubelet does every five minutes. */
  async heartbeat(node: number): Promise<void> {
    // In whole seconds: of two in one second the API server would report only the first.
    this.#heartbeatSeconds = Math.max(this.#heartbeatSeconds + 1, Math.floor(Date.now() / 1_000));
    const lastHeartbeatTime = new Date(this.#heartbeatSeconds * 1_000).toISOString().replace(/\.\d+/, "");
    const object = nodeObject(node);
    const { conditions } = object.status as { conditions: object[] };
    await this.#api.patchStatus(object, { conditions: conditions.map((one) => ({ ...one, lastHeartbeatTime })) });
  }

  async #replaceOne(change: number, hasEndpoints: boolean): Promise<void> {
    const place = change % this.#pods.length;
    const old = this.#pods[place];
    if (old === undefined) return;
    const workload = place % this.#replicaSets.length;
    const isServed = hasEndpoints && workload < this.#size.services;
    if (isServed) await this.#patchSlice(workload, place);
    await this.#api.delete(old);
    const created = podObject(place, `pod-${place}-${change}`, this.#replicaSetOf(place), this.#size.nodes);
    this.#pods[place] = await this.#api.create(created);
    if (isServed) await this.#patchSlice(workload, null);
  }

  /** `without`: place of a pod that is left out. */
  async #patchSlice(workload: number, without: number | null): Promise<void> {
    const left = without === null ? undefined : this.#pods[without];
    const pods = this.#podsOf(workload, this.#replicaSets.length).filter((pod) => pod !== left);
    const slice = sliceObject(workload, pods);
    await this.#api.patch(slice, { endpoints: slice.endpoints });
  }

  #replicaSetOf(pod: number): ApiObject {
    const replicaSet = this.#replicaSets[pod % this.#replicaSets.length];
    if (replicaSet === undefined) throw new Error("a cluster with pods needs replicasets");
    return replicaSet;
  }

  #podsOf(workload: number, workloads: number): ApiObject[] {
    return this.#pods.filter((_, i) => i % workloads === workload);
  }
}

async function each(from: number, to: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = from;
  const worker = async () => {
    while (next < to) await work(next++);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}
