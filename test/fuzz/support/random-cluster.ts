import type { ClusterEvent } from "../../../src/kubernetes/objects/cluster-event.ts";
import type { KubernetesObject } from "../../../src/kubernetes/objects/kubernetes-objects.ts";
import {
  deleted,
  modified,
  node,
  owner,
  type PodOptions,
  pod,
  type ServiceOptions,
  service,
  slice,
  threeNodes,
} from "../../support/cluster/cluster-objects.ts";
import type { Choice } from "./choice.ts";
import { NODES, POD_ADDRESSES, RandomPods } from "./random-pods.ts";
import { type Scene, SHARED_ADDRESS } from "./scene.ts";

const FRONT = { ip: "10.96.0.33", type: "LoadBalancer" };
const SERVICES: readonly (readonly [path: string, variants: readonly ServiceOptions[]])[] = [
  ["shop/web", [{ ip: "10.96.0.30" }, { ip: "10.96.0.30" }, { ip: "10.96.0.31" }, { ip: "None" }]],
  [
    "shop/db",
    [
      { ip: "10.96.0.32", ports: [{ port: 5432 }] },
      { ip: "10.96.0.30", ports: [{ port: 5432 }] },
    ],
  ],
  [
    "shop/front",
    [
      { ...FRONT, type: "NodePort", ports: [{ port: 80, nodePort: 30_080 }] },
      { ...FRONT, balancerIps: [SHARED_ADDRESS], ports: [{ port: 80, nodePort: 30_080 }] },
      { ...FRONT, balancerIps: ["192.168.0.1"], ports: [{ port: 80, nodePort: 30_081 }] },
    ],
  ],
  [
    "shop/admin",
    [
      { ip: "10.96.0.34", externalIps: [SHARED_ADDRESS], ports: [{ port: 8443, nodePort: 30_081 }] },
      { ip: "10.96.0.34", externalIps: [SHARED_ADDRESS, "192.168.0.2"], ports: [{ port: 80 }] },
    ],
  ],
  ["shop/api", [{ externalName: "api.example.com" }, { externalName: "web.shop.svc.cluster.local" }]],
  ["default/kubernetes", [{ ip: "10.96.0.1", ports: [{ port: 443 }] }]],
  ["kube-system/kube-dns", [{ ip: "10.96.0.10", ports: [{ port: 53 }] }]],
];
/** Endpoints without a pod. */
const OTHER_ENDPOINTS = ["203.0.113.5", "192.168.0.1", "10.244.1.2", "10.244.2.3"];

const ROUTER_ANNOTATION = "k8s.ovn.org/node-gateway-router-lrp-ifaddr";
const PROBED = [{ name: "main", livenessProbe: { httpGet: { port: 8080 } } }];
const FIRST_PODS: readonly { readonly path: string; readonly options: PodOptions }[] = [
  ...POD_ADDRESSES.a.map((ip, i) => ({
    path: `shop/first-${i}`,
    options: { ip, node: "a", owner: ["StatefulSet", `first-${i}`], containers: PROBED } as const,
  })),
  { path: "kube-system/coredns", options: { ip: POD_ADDRESSES.c[0], node: "c", owner: ["ReplicaSet", "coredns-1"] } },
  { path: "shop/web-0", options: { ip: POD_ADDRESSES.b[0], node: "b", owner: ["ReplicaSet", "web-5d9c7b8f4"] } },
];

/** What may be read of a cluster; every change is a watch event. */
export class RandomCluster {
  /** Of a cluster file. */
  readonly objects: readonly KubernetesObject[];
  readonly #pods: RandomPods;
  readonly #slices: KubernetesObject[] = [];
  readonly #services = new Map<string, KubernetesObject>();
  /** The Services that change. */
  readonly #changing: typeof SERVICES;
  readonly #ports: readonly number[];

  constructor(choice: Choice, { ports }: Scene) {
    this.#ports = ports;
    this.#changing = [...SERVICES.slice(0, 1), choice.of(SERVICES), choice.of(SERVICES)];
    const first = choice.once(4) ? choice.some(FIRST_PODS) : FIRST_PODS;
    const pods = first.map(({ path, options }) => pod(path, options));
    this.#pods = new RandomPods(first);
    const web = service("shop/web", { ip: "10.96.0.30" });
    const dns = service("kube-system/kube-dns", { ip: "10.96.0.10", ports: [{ port: 53 }] });
    const others = [slice("shop/web", 80, pods.slice(-1)), randomReplicaSet(choice), web, dns];
    this.objects = [...threeNodes(), ...pods, ...(choice.once(4) ? choice.some(others) : others)];
    this.#services.set("shop/web", web);
  }

  /** One change at `at` seconds. */
  change(choice: Choice, at: number): ClusterEvent[] {
    const kind = choice.below(20);
    if (kind < 5) return this.#pods.start(choice, at);
    if (kind < 9) return this.#pods.change(choice, at);
    if (kind < 11) return this.#pods.end(choice, at);
    if (kind < 14) return this.#changeService(choice, at);
    if (kind < 18) return this.#changeSlice(choice, at);
    const object = kind < 19 ? randomNode(choice) : randomReplicaSet(choice);
    return [choice.once(4) ? deleted(at, object) : modified(at, object)];
  }

  #changeService(choice: Choice, at: number): ClusterEvent[] {
    const [path, variants] = choice.of(this.#changing);
    const known = this.#services.get(path);
    if (known !== undefined && choice.once(3)) {
      this.#services.delete(path);
      return [deleted(at, known)];
    }
    const made = service(path, choice.of(variants));
    this.#services.set(path, made);
    return [modified(at, made)];
  }

  #changeSlice(choice: Choice, at: number): ClusterEvent[] {
    if (this.#slices.length > 0 && choice.once(4)) {
      const [gone] = this.#slices.splice(choice.below(this.#slices.length), 1);
      return gone === undefined ? [] : [deleted(at, gone)];
    }
    const [path] = choice.of(this.#changing);
    const pods = this.#pods.recent(choice);
    const endpoints = choice.once(3) ? [...pods, choice.of(OTHER_ENDPOINTS)] : pods;
    const made = slice(path, choice.of(this.#ports), endpoints, choice.of(["abc12", "def34"]));
    this.#slices.push(made);
    return [modified(at, made)];
  }
}

function randomNode(choice: Choice): KubernetesObject {
  const i = choice.below(NODES.length);
  const ranges = choice.once(3) ? [] : [`10.244.${i + 1}.0/24`, `fd00:10:244:${i + 1}::/64`];
  // Of the node itself, and of one of its routers.
  const annotations = { "k3s.io/internal-ip": "10.244.1.99", [ROUTER_ANNOTATION]: "10.200.0.9" };
  return node(NODES[i] ?? "a", `192.168.0.${i + 1}`, ranges, choice.once(3) ? annotations : {});
}

function randomReplicaSet(choice: Choice): KubernetesObject {
  return owner("ReplicaSet", "shop/web-5d9c7b8f4", ["Deployment", choice.of(["web", "web", "cart"])]);
}
