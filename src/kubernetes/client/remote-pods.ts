/**
 * Derives the pods of other nodes from EndpointSlices, for an agent that watches only the pods of its own node: their
 * addresses, and their workloads by the form of their names. Not available this way: pods that no Service selects, and
 * names in a pod's spec or annotations.
 */
import type { ClusterUpdate } from "../objects/cluster-event.ts";
import { objects, text } from "../objects/json-fields.ts";
import type {
  ClusterRecord,
  EndpointSliceRecord,
  KubernetesObject,
  NodeRecord,
  Owner,
  PodRecord,
} from "../objects/kubernetes-objects.ts";
import { endpointAddresses } from "../objects/trim-object.ts";

/** The target of an endpoint. */
interface SlicePod {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly nodeName: string;
  readonly addresses: readonly string[];
}

/** An EndpointSlice with the pods of its endpoints. */
interface SliceWithPods extends EndpointSliceRecord {
  readonly pods: readonly SlicePod[];
}

/** Adds the pods to the record of an EndpointSlice; returns other records unchanged. */
export function withPods(record: ClusterRecord | null, object: KubernetesObject): ClusterRecord | SliceWithPods | null {
  if (record?.kind !== "EndpointSlice") return record;
  const pods = objects(object.endpoints).flatMap((endpoint) => {
    const target = endpoint.targetRef as Record<string, unknown> | undefined;
    const [uid, name, nodeName] = [text(target?.uid), text(target?.name), text(endpoint.nodeName)];
    if (target?.kind !== "Pod" || uid === null || name === null || nodeName === null) return [];
    return [{ uid, name, nodeName, namespace: record.namespace, addresses: endpointAddresses(endpoint.addresses) }];
  });
  return { ...record, pods };
}

/** Converts updates of EndpointSlices to updates of pods. */
export class RemotePods {
  readonly #ownNode: string;
  readonly #slices = new Map<string, SliceWithPods>();
  /** Keys of the slices that contain a pod, by its uid. */
  readonly #slicesByPod = new Map<string, Set<string>>();
  readonly #nodeAddresses = new Map<string, readonly string[]>();
  /** Uids of pods that have a watch of their own: those of this node, and the agents of all nodes. */
  readonly #watched = new Set<string>();

  constructor(ownNode: string) {
    this.#ownNode = ownNode;
  }

  /** The same updates, each of an EndpointSlice followed by those of its pods. */
  expand(updates: readonly ClusterUpdate[]): ClusterUpdate[] {
    // First the nodes, whose addresses decide between node and pod, and the watched pods, which need no derived record.
    for (const { type, object } of updates) {
      if (object.kind === "Node") this.#putNode(object, type === "DELETED");
      if (object.kind === "Pod" && type === "DELETED") this.#watched.delete(object.uid);
      else if (object.kind === "Pod") this.#watched.add(object.uid);
    }
    return updates.flatMap((update) => [
      update,
      ...(isSliceWithPods(update.object) ? this.#podUpdates(update, update.object) : []),
    ]);
  }

  #putNode({ name, addresses }: NodeRecord, isDeleted: boolean): void {
    if (isDeleted) this.#nodeAddresses.delete(name);
    else this.#nodeAddresses.set(name, addresses);
  }

  #podUpdates({ type, ...when }: ClusterUpdate, slice: SliceWithPods): ClusterUpdate[] {
    const key = `${slice.namespace}/${slice.name}`;
    const before = this.#slices.get(key)?.pods ?? [];
    const after = type === "DELETED" ? [] : slice.pods.filter(({ nodeName }) => nodeName !== this.#ownNode);
    if (type === "DELETED") this.#slices.delete(key);
    else this.#slices.set(key, { ...slice, pods: after });
    for (const { uid } of before) this.#slicesByPod.get(uid)?.delete(key);
    for (const { uid } of after) this.#slicesByPod.set(uid, (this.#slicesByPod.get(uid) ?? new Set()).add(key));
    const changed = new Map([...before, ...after].map((pod) => [pod.uid, pod] as const));
    return [...changed.values()].flatMap((pod): ClusterUpdate[] => {
      const isDeleted = this.#slicesByPod.get(pod.uid)?.size === 0;
      if (isDeleted) this.#slicesByPod.delete(pod.uid);
      if (this.#watched.has(pod.uid)) return [];
      return [{ ...when, type: isDeleted ? "DELETED" : "MODIFIED", object: this.#record(pod) }];
    });
  }

  /** Combines all slices that contain the pod: one for IPv4 and one for IPv6, for each Service. */
  #record(pod: SlicePod): PodRecord {
    const slices = [...(this.#slicesByPod.get(pod.uid) ?? [])].flatMap((key) => this.#slices.get(key) ?? []);
    const known = slices.flatMap(({ pods }) => pods).filter(({ uid }) => uid === pod.uid);
    const all = new Set((known.length === 0 ? [pod] : known).flatMap(({ addresses }) => addresses));
    const ofNode = this.#nodeAddresses.get(pod.nodeName) ?? [];
    const own = [...all].filter((address) => !ofNode.includes(address));
    return {
      kind: "Pod",
      uid: pod.uid,
      namespace: pod.namespace,
      name: pod.name,
      nodeName: pod.nodeName,
      addresses: own,
      secondaryAddresses: [],
      // A pod with the node's address uses the host network.
      nodePorts: own.length === all.size ? [] : slices.flatMap(({ ports }) => ports),
      owner: ownerByName(pod.name),
      createdMicros: Number.NEGATIVE_INFINITY,
      startedMicros: null,
      deletionRequestedMicros: null,
      endedMicros: null,
      runsToCompletion: false,
      probePorts: [],
      agent: null,
      serviceName: null,
      serviceNamespace: null,
      ownSpans: "unsaid",
      template: null,
      // Unknown. Only pods of the own node are counted.
      isReady: false,
      replicaSetOwnerKind: null,
    };
  }
}

/** Alphabet of generated suffixes, k8s.io/apimachinery/pkg/util/rand: no vowels, so that no words result. */
const LETTERS = "[bcdfghjklmnpqrstvwxz2456789]";
const SUFFIXES: readonly { readonly kind: string; readonly suffix: RegExp }[] = [
  { kind: "Deployment", suffix: new RegExp(`-${LETTERS}{6,10}-${LETTERS}{5}$`) },
  { kind: "StatefulSet", suffix: /-\d+$/ },
  { kind: "DaemonSet", suffix: new RegExp(`-${LETTERS}{5}$`) },
];

/** The workload of a pod with a generated name; null for any other name. */
function ownerByName(pod: string): Owner | null {
  const found = SUFFIXES.find(({ suffix }) => suffix.test(pod));
  return found === undefined ? null : { kind: found.kind, name: pod.replace(found.suffix, ""), uid: "" };
}

function isSliceWithPods(record: ClusterRecord): record is SliceWithPods {
  return record.kind === "EndpointSlice" && "pods" in record;
}
