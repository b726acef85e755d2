/**
 * Pods of other nodes as EndpointSlices tell of them, for an agent that watches the pods of its own node only: which
 * addresses they have and which workload they belong to, going by their names. Pods that no Service selects are not
 * known so, nor names that a pod's spec or annotations give.
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

/** A pod behind an EndpointSlice. */
interface SlicePod {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly nodeName: string;
  readonly addresses: readonly string[];
}

/** An EndpointSlice with the pods that stand behind it. */
export interface SliceWithPods extends EndpointSliceRecord {
  readonly pods: readonly SlicePod[];
}

/** Adds the pods to a trimmed EndpointSlice; other records stay as they are. */
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

/** Makes news of pods out of news of EndpointSlices. */
export class RemotePods {
  readonly #ownNode: string;
  readonly #slices = new Map<string, SliceWithPods>();
  /** Slices that name a pod. */
  readonly #behind = new Map<string, Set<string>>();
  readonly #nodeAddresses = new Map<string, readonly string[]>();
  /** Pods that are watched themselves: those of this node, and the agents of all. */
  readonly #watched = new Set<string>();

  constructor(ownNode: string) {
    this.#ownNode = ownNode;
  }

  /** The same news, and behind each EndpointSlice that of its pods. */
  expand(news: readonly ClusterUpdate[]): ClusterUpdate[] {
    // Whether an address is a node's decides whose it is; and who is watched is known better by its watch.
    for (const { type, object } of news) {
      if (object.kind === "Node") this.#putNode(object, type === "DELETED");
      if (object.kind === "Pod" && type === "DELETED") this.#watched.delete(object.uid);
      else if (object.kind === "Pod") this.#watched.add(object.uid);
    }
    return news.flatMap((item) => [item, ...(isSliceWithPods(item.object) ? this.#podUpdates(item, item.object) : [])]);
  }

  #putNode({ name, addresses }: NodeRecord, isGone: boolean): void {
    if (isGone) this.#nodeAddresses.delete(name);
    else this.#nodeAddresses.set(name, addresses);
  }

  #podUpdates({ type, ...when }: ClusterUpdate, slice: SliceWithPods): ClusterUpdate[] {
    const key = `${slice.namespace}/${slice.name}`;
    const before = this.#slices.get(key)?.pods ?? [];
    const after = type === "DELETED" ? [] : slice.pods.filter(({ nodeName }) => nodeName !== this.#ownNode);
    if (type === "DELETED") this.#slices.delete(key);
    else this.#slices.set(key, { ...slice, pods: after });
    for (const { uid } of before) this.#behind.get(uid)?.delete(key);
    for (const { uid } of after) this.#behind.set(uid, (this.#behind.get(uid) ?? new Set()).add(key));
    const touched = new Map([...before, ...after].map((pod) => [pod.uid, pod] as const));
    return [...touched.values()].flatMap((pod): ClusterUpdate[] => {
      const isGone = this.#behind.get(pod.uid)?.size === 0;
      if (isGone) this.#behind.delete(pod.uid);
      if (this.#watched.has(pod.uid)) return [];
      return [{ ...when, type: isGone ? "DELETED" : "MODIFIED", object: this.#record(pod) }];
    });
  }

  /** The pod as all slices that name it know it: those of IPv4 and of IPv6, of each Service. */
  #record(pod: SlicePod): PodRecord {
    const slices = [...(this.#behind.get(pod.uid) ?? [])].flatMap((key) => this.#slices.get(key) ?? []);
    const known = slices.flatMap(({ pods }) => pods).filter(({ uid }) => uid === pod.uid);
    const all = new Set((known.length === 0 ? [pod] : known).flatMap(({ addresses }) => addresses));
    const ofNode = this.#nodeAddresses.get(pod.nodeName) ?? [];
    const own = [...all].filter((address) => !ofNode.includes(address));
    return {
      ...{ kind: "Pod", uid: pod.uid, namespace: pod.namespace, name: pod.name, nodeName: pod.nodeName },
      addresses: own,
      secondaryAddresses: [],
      // One with the node's address serves on the node's ports.
      nodePorts: own.length === all.size ? [] : slices.flatMap(({ ports }) => ports),
      owner: ownerByName(pod.name),
      ...{
        createdMicros: Number.NEGATIVE_INFINITY,
        startedMicros: null,
        deletionRequestedMicros: null,
        endedMicros: null,
        runsToCompletion: false,
        probePorts: [],
        agent: null,
      },
      ...{ serviceName: null, serviceNamespace: null, ownSpans: "unsaid", replicaSetOwnerKind: null },
    };
  }
}

/** Letters of the suffixes that controllers give: no vowels, so that no words come out. */
const LETTERS = "[bcdfghjklmnpqrstvwxz2456789]";
const SUFFIXES: readonly { readonly kind: string; readonly suffix: RegExp }[] = [
  { kind: "Deployment", suffix: new RegExp(`-${LETTERS}{6,10}-${LETTERS}{5}$`) },
  { kind: "StatefulSet", suffix: /-\d+$/ },
  { kind: "DaemonSet", suffix: new RegExp(`-${LETTERS}{5}$`) },
];

/** The workload of a pod whose name a controller made; null for a name of its own. */
function ownerByName(pod: string): Owner | null {
  const found = SUFFIXES.find(({ suffix }) => suffix.test(pod));
  return found === undefined ? null : { kind: found.kind, name: pod.replace(found.suffix, ""), uid: "" };
}

function isSliceWithPods(record: ClusterRecord): record is SliceWithPods {
  return record.kind === "EndpointSlice" && "pods" in record;
}
