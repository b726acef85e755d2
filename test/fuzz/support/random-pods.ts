import type { ClusterEvent } from "../../../src/kubernetes/objects/cluster-event.ts";
import type { KubernetesObject } from "../../../src/kubernetes/objects/kubernetes-objects.ts";
import { added, deleted, modified, type PodOptions, pod } from "../../support/cluster/cluster-objects.ts";
import type { Choice } from "./choice.ts";

/** Few, so that many pods have the same one, one after the other and at one time. */
export const POD_ADDRESSES = {
  a: ["10.244.1.2", "10.244.1.3", "10.244.1.4", "fd00:10:244:1::2"],
  b: ["10.244.2.2", "10.244.2.3", "fd00:10:244:2::2"],
  c: ["10.244.3.2"],
} as const;
type NodeName = keyof typeof POD_ADDRESSES;
export const NODES: readonly NodeName[] = ["a", "b", "c"];
/** Of secondary networks, on several nodes at one time. */
export const SECONDARY_ADDRESSES = ["10.10.0.5", "10.10.0.6"];
export const SERVER_PORTS = [80, 5432, 6443, 8080, 53];

const OWNERS = [
  ["ReplicaSet", "web-5d9c7b8f4"],
  ["StatefulSet", "db"],
  ["StatefulSet", "db"],
  ["DaemonSet", "agent"],
  ["Job", "batch-1"],
  null,
] as const;

interface Living {
  readonly path: string;
  options: PodOptions;
}

/** Pods that start, change and end; each change is a watch event. */
export class RandomPods {
  readonly #pods: Living[];
  #made = 0;

  constructor(first: readonly Living[]) {
    this.#pods = first.map((each) => ({ ...each }));
  }

  /** Some of those that started last, as they are now. */
  recent(choice: Choice): KubernetesObject[] {
    return choice.some(this.#pods.slice(-4)).map(({ path, options }) => pod(path, options));
  }

  start(choice: Choice, at: number): ClusterEvent[] {
    const number = this.#made++;
    const owned = choice.of(OWNERS);
    // A StatefulSet uses a name again, with another uid.
    const path = `shop/${owned === null || choice.once(2) ? `pod-${number}` : `${owned[1]}-0`}`;
    const options = randomOptions(choice, at, `uid ${number}`);
    const living = { path, options: owned === null ? options : { ...options, owner: owned } };
    // Where two pods have one address at a time, their updates come late.
    const events = choice.once(4) ? [] : this.#endAt(options.ip, at);
    this.#pods.push(living);
    const isFirstPending = choice.once(8);
    const uid = options.uid ?? "";
    return [
      ...events,
      added(at, pod(path, isFirstPending ? { uid, phase: "Pending", createdSeconds: at } : living.options)),
    ];
  }

  change(choice: Choice, at: number): ClusterEvent[] {
    const living = this.#any(choice);
    if (living === null) return [];
    living.options = { ...living.options, ...randomChange(choice, at, living.options) };
    return [modified(at, pod(living.path, living.options))];
  }

  end(choice: Choice, at: number): ClusterEvent[] {
    const living = this.#any(choice);
    if (living === null) return [];
    // Some come back.
    if (!choice.once(8)) this.#pods.splice(this.#pods.indexOf(living), 1);
    const event = deleted(at, pod(living.path, living.options));
    const { timeMicros } = event;
    return [choice.once(6) ? { ...event, timeMicros: timeMicros - 2e6, untilMicros: timeMicros } : event];
  }

  #endAt(ip: PodOptions["ip"], at: number): ClusterEvent[] {
    const i = this.#pods.findIndex(({ options }) => options.ip === ip);
    if (i < 0) return [];
    return this.#pods.splice(i, 1).map(({ path, options }) => deleted(at, pod(path, options)));
  }

  #any(choice: Choice): Living | null {
    return this.#pods.length === 0 ? null : choice.of(this.#pods);
  }
}

function randomOptions(choice: Choice, at: number, uid: string): PodOptions {
  const nodeName = choice.of(NODES);
  const i = NODES.indexOf(nodeName) + 1;
  const hostNetwork = choice.once(5);
  const ip = hostNetwork ? `192.168.0.${i}` : choice.of(POD_ADDRESSES[nodeName]);
  const port = choice.of(SERVER_PORTS);
  const container = {
    name: "main",
    ports: [{ containerPort: port, ...(choice.once(3) ? { hostPort: 8080 } : {}) }],
    ...(choice.once(2) ? { readinessProbe: { tcpSocket: { port } } } : {}),
  };
  return {
    ip: choice.once(6) && !hostNetwork ? [ip, `fd00:10:244:${i}::2`] : ip,
    node: nodeName,
    uid: choice.once(8) ? "uid of a pod that comes back" : uid,
    createdSeconds: at - choice.of([0, 0.5, 1, 3, 100]),
    hostNetwork,
    ...(choice.once(3) ? { startedSeconds: at - choice.of([0, 1, 2]) } : {}),
    ...(choice.once(4) ? { restartPolicy: "Never" } : {}),
    ...(choice.once(2) ? { containers: [container] } : {}),
    ...(choice.once(5) ? { labels: { "app.kubernetes.io/name": "wirespan" } } : {}),
    ...(choice.once(6) ? { annotations: networkStatus(choice.of(SECONDARY_ADDRESSES)) } : {}),
    ready: choice.once(2),
  };
}

function randomChange(choice: Choice, at: number, { ready }: PodOptions): PodOptions {
  const changes: readonly PodOptions[] = [
    {},
    { ready: ready !== true },
    { ready: ready !== true },
    { deletionSeconds: at },
    choice.once(3) ? { phase: "Succeeded", finishedSeconds: at } : {},
    choice.once(3) ? { ip: choice.of(POD_ADDRESSES.a) } : {},
    { owner: ["StatefulSet", choice.of(["db", "other"])] },
  ];
  return choice.of(changes);
}

function networkStatus(address: string): Record<string, string> {
  return { "k8s.v1.cni.cncf.io/network-status": JSON.stringify([{ name: "net1", interface: "net1", ips: [address] }]) };
}
