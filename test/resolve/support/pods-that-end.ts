// EDGE: process
// Run with --expose-gc: pods that connect under names, serve and end, one after the other, each with a new name, uid, address
// and interface, and with each a node with an agent, and a Service. Prints the heap in MB after each round.
import { PathCache } from "../../../src/facts/path-cache.ts";
import { ClusterFeed } from "../../../src/inventory/cluster-feed.ts";
import type { KubernetesObject } from "../../../src/kubernetes/objects/kubernetes-objects.ts";
import {
  added,
  deleted,
  deployed,
  micros,
  modified,
  node,
  pod,
  service,
  slice,
} from "../../support/cluster/cluster-objects.ts";
import { connection, lookup, pipelineOf } from "../../support/cluster/watched-cluster.ts";

const ROUNDS = 8;
const PODS = 300;
/** From the beginning of one pod to that of the next one: what has ended is known for three to six minutes. */
const POD_SECONDS = 10;
const CONNECTIONS = 20;
const SERVICES = ["api", "web"];
/** Several times as many as a reader keeps. */
const MANY_PATHS = 32_768;

const services = SERVICES.map((name, i) => service(`shop/${name}`, { ip: ipOf(i) }));
const feed = new ClusterFeed([node("a", "192.168.0.1", "10.244.0.0/16"), ...services], []);
const pipeline = pipelineOf({ feed, node: "a" }, () => {});
const paths = filledPaths();

function ipOf(i: number): string {
  return `10.96.0.${20 + i}`;
}

/** As those of a reader that has read many facts: a further path takes the place, and the memory, of another one. */
function filledPaths(): PathCache {
  const cache = new PathCache();
  for (let i = 0; i < MANY_PATHS; i++) {
    connection({ at: 0, from: `100.${64 + (i >> 8)}.100.${i & 255}:40000`, to: `${ipOf(i % 2)}:80`, paths: cache });
  }
  return cache;
}

/** As the API server sends it: no text is shared with another object. */
function received(object: KubernetesObject): KubernetesObject {
  return JSON.parse(JSON.stringify(object));
}

/** A node with its agent, which listens on the node's address. */
function nodeObjects(number: number): KubernetesObject[] {
  const name = `node-${number}`;
  const agent = pod(`wirespan/agent-${number}`, {
    node: name,
    uid: `uid of agent ${number}`,
    hostNetwork: true,
    ports: [{ containerPort: 9_464 }],
    labels: { "app.kubernetes.io/name": "wirespan" },
    owner: ["DaemonSet", "wirespan"],
  });
  return [node(name, `192.168.1.${number % 250}`, []), agent];
}

/** The pod is made, dials, and is deleted; so are a node and a Service. */
function live(number: number, at: number): void {
  const ip = `10.244.${1 + (number >> 8)}.${number & 255}`;
  const [set, made] = deployed("front/cart", {
    ip,
    uid: `uid ${number}`,
    pod: `cart-5d9c7b8f4-${number}`,
    createdSeconds: at,
  });
  if (set === undefined || made === undefined) throw new Error("no pod");
  const own = `front/cart-${number}`;
  const ownService = service(own, { ip: `10.97.${number >> 8}.${number & 255}` });
  const objects = [...nodeObjects(number), made, ownService, slice(own, 8080, [made])];
  feed.add([...(number === 0 ? [set] : []), ...objects].map((object) => added(at, received(object))));
  feed.add(SERVICES.map((name) => modified(at, received(slice(`shop/${name}`, 8080, [made])))));
  const senderLink = ((number + 1) << 16) | (number & 0xffff);
  for (let i = 0; i < CONNECTIONS; i++) {
    const begin = at + 1 + i * 0.2;
    const [server, name] = [ipOf(i % 2), `${SERVICES[i % 2]}.shop`];
    for (const type of ["A", "AAAA"] as const) {
      const query = { at: begin, from: ip, type, senderLink };
      lookup({ ...query, name: `${name}.front.svc.cluster.local`, rcode: 3 }).feed(pipeline);
      lookup({ ...query, name: `${name}.svc.cluster.local`, to: type === "A" ? [server] : [] }).feed(pipeline);
    }
    connection({ at: begin + 0.01, from: `${ip}:${40_000 + i}`, to: `${server}:80`, senderLink, paths }).feed(pipeline);
    pipeline.time(micros(begin + 0.1));
  }
  feed.add(objects.map((object) => deleted(at + POD_SECONDS - 1, received(object))));
  pipeline.time(micros(at + POD_SECONDS));
}

for (let round = 0; round < ROUNDS; round++) {
  for (let i = 0; i < PODS; i++) live(round * PODS + i, (round * PODS + i) * POD_SECONDS);
  globalThis.gc?.();
  console.log(process.memoryUsage().heapUsed / 1e6);
}
