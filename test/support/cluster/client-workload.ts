import assert from "node:assert/strict";
import type { ClusterEvent } from "../../../src/kubernetes/objects/cluster-event.ts";
import type { KubernetesObject } from "../../../src/kubernetes/objects/kubernetes-objects.ts";
import type { Workload } from "../../../src/model/interaction.ts";
import { pod, threeNodes } from "./cluster-objects.ts";
import { connection, reported } from "./watched-cluster.ts";

const server = pod("test/server", { ip: "10.244.2.9", node: "b" });
/** Address of the client. */
export const IP = "10.244.1.5";

interface Naming {
  readonly objects?: readonly KubernetesObject[];
  readonly events?: readonly ClusterEvent[];
  readonly preferLabels?: boolean;
  readonly atSeconds?: number;
}

/** The workload of the client of a connection from `IP`. */
export function clientOf({ objects = [], events = [], preferLabels = false, atSeconds = 1 }: Naming): Workload {
  const cluster = { objects: [...threeNodes(), server, ...objects], events, preferLabels };
  const [first] = reported(cluster, [connection({ at: atSeconds, from: IP, to: "10.244.2.9:80" })]);
  const client = first?.interaction.client;
  assert.equal(client?.type, "workload");
  return client;
}
