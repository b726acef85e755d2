// A cluster whose pods are simulated agents, read through a real API server and a kubelet's port-forward.
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import type { TestContext } from "node:test";
import { parse } from "yaml";
import { readSource } from "../../project/support/source-files.ts";
import { type Kubelet, startKubelet } from "../../servers/kubelet.ts";
import { type Kubernetes, startKubernetes } from "../../servers/kubernetes.ts";
import { createServiceAccount, type RbacRule, type ServiceAccount } from "../../servers/service-account.ts";
import { temporaryFolder } from "../../support/cli/wirespan.ts";

export const AGENT_NAMESPACE = "observability";

/** The rules of the chart's Role for people who read the graph. */
export const VIEWER_RULES = (
  parse(/^rules:[\s\S]*?(?=^---)/m.exec(readSource("charts/wirespan/templates/viewer/role.yaml").text)?.[0] ?? "") as {
    readonly rules: readonly RbacRule[];
  }
).rules;

/** A test, or what else ends what it started. */
type Scope = Pick<TestContext, "after">;

export interface AgentCluster {
  readonly kubernetes: Kubernetes;
  readonly kubelet: Kubelet;
  /** Port of the agent of each node; a node that is not here refuses port-forwards. */
  readonly ports: Map<string, number>;
  /** Called when the first bytes of a node's agent arrive at the kubelet. */
  onFirstBytes: (node: string) => void;
  /** Creates a Node and the pod of its agent; `fields` replace those of the pod. */
  addAgent(node: string, fields?: object): Promise<void>;
  /** Path of a kubeconfig of a user with these rights in the agents' namespace. */
  userWith(t: Scope, rules: readonly RbacRule[]): Promise<string>;
  /** Path of a kubeconfig of the administrator. */
  readonly adminConfig: string;
}

/** `dial` connects to a port on a node's loopback; by default to the port of `ports`. */
export async function agentCluster(t: Scope, dial?: (node: string, port: number) => Duplex): Promise<AgentCluster> {
  const kubernetes = await startKubernetes();
  t.after(() => kubernetes.stop());
  const { admin } = kubernetes;
  const folder = temporaryFolder(t);
  const ports = new Map<string, number>();
  const cluster = { onFirstBytes: (_node: string): void => {} };
  const kubelet = await startKubelet(kubernetes, (pod, port) => {
    const node = pod.replace(/^.*\/agent-/, "");
    const socket = dial?.(node, port) ?? connect(ports.get(node) ?? 1, "127.0.0.1");
    socket.once("data", () => cluster.onFirstBytes(node));
    return socket;
  });
  t.after(() => kubelet.stop());
  await admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: AGENT_NAMESPACE } });
  let users = 0;

  const configOf = (name: string, token: string): string => {
    const path = join(folder, `${name}.kubeconfig`);
    const config = {
      "current-context": name,
      clusters: [{ name, cluster: { server: kubernetes.url, "certificate-authority": kubernetes.authority } }],
      users: [{ name, user: { token } }],
      contexts: [{ name, context: { cluster: name, user: name, namespace: AGENT_NAMESPACE } }],
    };
    writeFileSync(path, JSON.stringify({ apiVersion: "v1", kind: "Config", ...config }));
    return path;
  };

  return Object.assign(cluster, {
    kubernetes,
    kubelet,
    ports,
    async addAgent(node: string, fields: object = {}) {
      await kubelet.createNode(node);
      await admin.create({
        apiVersion: "v1",
        kind: "Pod",
        metadata: {
          name: `agent-${node}`,
          namespace: AGENT_NAMESPACE,
          labels: { "app.kubernetes.io/name": "wirespan" },
        },
        spec: {
          nodeName: node,
          hostNetwork: true,
          containers: [
            { name: "sensor", image: "wirespan" },
            { name: "agent", image: "wirespan", ports: [{ name: "health", containerPort: 19464, hostPort: 19464 }] },
          ],
        },
        status: { phase: "Running" },
        ...fields,
      });
    },
    async userWith(of: Scope, rules: readonly RbacRule[]) {
      const name = `user-${++users}`;
      const account: ServiceAccount = await createServiceAccount(kubernetes, name, []);
      of.after(() => account.close());
      const metadata = { name, namespace: AGENT_NAMESPACE };
      const apiGroup = "rbac.authorization.k8s.io";
      await admin.create({ apiVersion: `${apiGroup}/v1`, kind: "Role", metadata, rules });
      await admin.create({
        apiVersion: `${apiGroup}/v1`,
        kind: "RoleBinding",
        metadata,
        roleRef: { apiGroup, kind: "Role", name },
        subjects: [{ kind: "ServiceAccount", name, namespace: "wirespan" }],
      });
      return configOf(name, account.token());
    },
    adminConfig: configOf("admin", kubernetes.adminToken),
  });
}
