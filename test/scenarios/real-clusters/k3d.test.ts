import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { KubernetesObject } from "../../../src/kubernetes/objects/kubernetes-objects.ts";
import { type ConnectionOptions, connection, lines } from "../../support/cluster/watched-cluster.ts";
import { sharedPath } from "../../support/paths.ts";

const OUTSIDE = "203.0.113.9:443";
const NODE = "172.19.0.2";

/** All lists below a folder. */
function readLists(folder: string): KubernetesObject[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return readLists(path);
    const { items } = JSON.parse(readFileSync(path, "utf8")) as { items: KubernetesObject[] };
    return items;
  });
}

/** Connections that may occur there, and their ends according to the dump. */
const CASES: readonly (readonly [Omit<ConnectionOptions, "at">, string])[] = [
  // Deployments, through their ReplicaSets.
  [{ from: "10.42.0.145", to: OUTSIDE }, "default/nginx-deployment -> external:external"],
  [{ from: "10.42.0.146", to: OUTSIDE }, "kube-system/coredns -> external:external"],
  [{ from: "10.42.0.147", to: OUTSIDE }, "kube-system/local-path-provisioner -> external:external"],
  [{ from: "10.42.0.148", to: OUTSIDE }, "kube-system/metrics-server -> external:external"],
  [{ from: "10.42.0.149", to: OUTSIDE }, "kube-system/traefik -> external:external"],
  // A DaemonSet with a name that ends like that of a ReplicaSet.
  [{ from: "10.42.0.144", to: OUTSIDE }, "kube-system/svclb-traefik-8ea5448e -> external:external"],
  // Services by ClusterIP.
  [
    { from: "10.42.0.145", to: "10.43.221.30:80", lastTo: "10.42.0.149:8000" },
    "default/nginx-deployment -> kube-system/traefik",
  ],
  [
    { from: "10.42.0.145", to: "10.43.217.1:443", lastTo: "10.42.0.148:4443" },
    "default/nginx-deployment -> kube-system/metrics-server",
  ],
  // A Service without endpoints in the dump.
  [
    { from: "10.42.0.145", to: "10.43.0.10:9153", outcome: "refused" },
    "default/nginx-deployment -> service:kube-system/kube-dns",
  ],
  // From outside to the load balancer's address, which is the node's: a k3s pod answers there.
  [
    { from: "203.0.113.7", to: `${NODE}:80`, lastTo: "10.42.0.144:80" },
    "external:external -> kube-system/svclb-traefik-8ea5448e",
  ],
  [{ from: "203.0.113.7", to: `${NODE}:80` }, "external:external -> kube-system/svclb-traefik-8ea5448e"],
  [
    { from: "203.0.113.7", to: `${NODE}:32713`, lastTo: "10.42.0.149:8000" },
    "external:external -> kube-system/traefik",
  ],
  // The node, by its address and by that of the bridge.
  [{ from: NODE, to: OUTSIDE }, "node:k3d-mycluster-server-0 -> external:external"],
  [{ from: "10.42.0.1", to: "10.42.0.145:8080" }, "node:k3d-mycluster-server-0 -> default/nginx-deployment"],
  // Port 10250 belongs to the kubelet, which has no object.
  [{ from: "10.42.0.148", to: `${NODE}:10250` }, "kube-system/metrics-server -> node:k3d-mycluster-server-0"],
  // A completed Job still has its address in the dump; a client there now is another one.
  [{ from: "10.42.0.5", to: "10.42.0.145:80" }, "unresolved:10.42.0.5 -> default/nginx-deployment"],
];

test("N3, N5, N6, N9: the ends of a real k3d cluster are named after its objects", (t) => {
  const folder = sharedPath(t, "clusters", "k3d-troubleshoot");
  if (folder === null) return;
  const objects = readLists(folder);
  const facts = CASES.map(([options], i) => connection({ ...options, at: 1 + i }));
  const expected = CASES.map(([{ outcome = "established" }, ends]) => `${ends} ${outcome}`);
  assert.deepEqual(lines({ objects }, facts), expected);
});
