import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Kubernetes } from "./kubernetes.ts";
import { type ApiReference, KubernetesApi } from "./kubernetes-api.ts";

/** A rule of a ClusterRole. */
export interface RbacRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** A service account as a container has it: the mounted folder and two variables. */
export interface ServiceAccount {
  /** Its name in RBAC and in the audit log. */
  readonly user: string;
  /** `token`, `ca.crt` and `namespace`, as a kubelet mounts them. */
  readonly folder: string;
  /** The two variables, and the path of the folder, which differs from that in a container. */
  readonly environment: Readonly<Record<string, string>>;
  /** Requests with the current token. */
  readonly api: KubernetesApi;
  /** The current one. */
  token(): string;
  /** Replaces the rules of its role. */
  allow(rules: readonly RbacRule[]): Promise<void>;
  /** Mounts a new token. The API server rejects the old one within 10 s, or at once after a restart. */
  rotateToken(): Promise<void>;
  /** Removes the folder. */
  close(): void;
}

const NAMESPACE = "wirespan";

/** Creates a ServiceAccount in the namespace `wirespan` with these rules in all namespaces. */
export async function createServiceAccount(
  kubernetes: Kubernetes,
  name: string,
  rules: readonly RbacRule[],
): Promise<ServiceAccount> {
  const { admin, authority, port, url } = kubernetes;
  const folder = mkdtempSync(join(tmpdir(), "wirespan-account-"));
  const user = `system:serviceaccount:${NAMESPACE}:${name}`;
  const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name }, rules: [] };
  await admin.request("POST", "/api/v1/namespaces", { metadata: { name: NAMESPACE } });
  await admin.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace: NAMESPACE } });
  await admin.create(role);
  await admin.create({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
    subjects: [{ kind: "ServiceAccount", name, namespace: NAMESPACE }],
  });

  let tokens = 0;
  let bound: ApiReference | null = null;
  // A token is valid as long as the object that it is bound to exists.
  const mountToken = async () => {
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: `${name}-${++tokens}`, namespace: NAMESPACE },
    };
    const { metadata } = await admin.create(secret);
    const boundObjectRef = { apiVersion: "v1", kind: "Secret", name: metadata.name, uid: metadata.uid };
    const path = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${name}/token`;
    const { text } = await admin.request("POST", path, { spec: { audiences: [], boundObjectRef } });
    const { status } = JSON.parse(text) as { status: { token: string } };
    // Atomically, as a kubelet does.
    writeFileSync(join(folder, "..token"), status.token);
    renameSync(join(folder, "..token"), join(folder, "token"));
    if (bound !== null) await admin.delete(bound);
    bound = secret;
  };

  const account: ServiceAccount = {
    user,
    folder,
    environment: {
      KUBERNETES_SERVICE_HOST: "127.0.0.1",
      KUBERNETES_SERVICE_PORT: String(port),
      WIRESPAN_SERVICE_ACCOUNT: folder,
    },
    get api() {
      return new KubernetesApi(url, readFileSync(authority, "utf8"), readFileSync(join(folder, "token"), "utf8"));
    },
    token: () => readFileSync(join(folder, "token"), "utf8"),
    async allow(allowed) {
      await admin.patch(role, { rules: allowed });
    },
    rotateToken: mountToken,
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
  copyFileSync(authority, join(folder, "ca.crt"));
  writeFileSync(join(folder, "namespace"), NAMESPACE);
  await account.allow(rules);
  await mountToken();
  return account;
}
