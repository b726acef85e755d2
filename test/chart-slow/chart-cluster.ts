import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse, stringify } from "yaml";
import { type Kubernetes, startKubernetes } from "../servers/kubernetes.ts";
import type { ApiObject, ApiResponse } from "../servers/kubernetes-api.ts";
import { serverProgram } from "../servers/server-programs.ts";
import { repositoryRoot } from "../support/paths.ts";
import { until } from "../support/until.ts";

/** A real API server that knows the Prometheus Operator's kinds and OpenShift's, with a kubeconfig for Helm. */
export interface ChartCluster {
  readonly kubernetes: Kubernetes;
  readonly kubeconfig: string;
  /** Applies an object with strict validation, as a dry run: nothing is stored. */
  dryRun(object: ApiObject, namespace: string): Promise<ApiResponse>;
  /** `Kind namespace/name` of all objects that there are, sorted. */
  inventory(): Promise<string[]>;
  stop(): Promise<void>;
}

interface ApiResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

const OPERATOR_KINDS = ["podmonitors", "prometheusrules", "servicemonitors"];
/** Come and go by themselves. */
const NOT_COUNTED = /^(Event|Lease|APIService|FlowSchema|PriorityLevelConfiguration|ComponentStatus) /;

export async function startChartCluster(): Promise<ChartCluster> {
  const kubernetes = await startKubernetes();
  const { admin } = kubernetes;
  const folder = mkdtempSync(join(tmpdir(), "wirespan-kubeconfig-"));
  const kubeconfig = join(folder, "config");
  writeFileSync(kubeconfig, kubeconfigOf(kubernetes));
  for (const definition of await definitions()) await admin.create(definition);

  const known = new Map<string, Promise<readonly ApiResource[]>>();
  const resourcesOf = (apiVersion: string): Promise<readonly ApiResource[]> => {
    const path = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const resources = known.get(path) ?? admin.get<{ resources: ApiResource[] }>(path).then((list) => list.resources);
    known.set(path, resources);
    return resources;
  };
  await until(
    "the operator's kinds are served",
    async () =>
      (await admin.request("GET", "/apis/monitoring.coreos.com/v1/podmonitors")).status === 200 &&
      (await admin.request("GET", "/apis/security.openshift.io/v1/securitycontextconstraints")).status === 200,
  );

  const collection = async ({ apiVersion, kind }: ApiObject, namespace: string): Promise<string> => {
    const resource = (await resourcesOf(apiVersion)).find((each) => each.kind === kind && !each.name.includes("/"));
    if (resource === undefined) throw new Error(`the API server has no ${kind} of ${apiVersion}`);
    const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    return `${group}${resource.namespaced ? `/namespaces/${namespace}` : ""}/${resource.name}`;
  };

  return {
    kubernetes,
    kubeconfig,
    async dryRun(object, namespace) {
      const path = await collection(object, object.metadata.namespace ?? namespace);
      const query = "dryRun=All&fieldValidation=Strict&fieldManager=test";
      return admin.request("PATCH", `${path}/${object.metadata.name}?${query}`, object, "application/apply-patch+yaml");
    },
    inventory: () => inventoryOf(kubernetes),
    async stop() {
      await kubernetes.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function definitions(): Promise<ApiObject[]> {
  const folder = dirname(await serverProgram("monitoring-crds", "any"));
  const files = [
    ...OPERATOR_KINDS.map((kind) => join(folder, `monitoring.coreos.com_${kind}.yaml`)),
    join(repositoryRoot, "test/chart-slow/security-context-constraints.yaml"),
  ];
  return files.map((file) => parse(readFileSync(file, "utf8"), { maxAliasCount: -1 }) as ApiObject);
}

function kubeconfigOf({ url, authority, adminToken }: Kubernetes): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "test",
    contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
    clusters: [{ name: "test", cluster: { server: url, "certificate-authority": authority } }],
    users: [{ name: "admin", user: { token: adminToken } }],
  });
}

async function inventoryOf({ admin }: Kubernetes): Promise<string[]> {
  const { groups } = await admin.get<{ groups: { preferredVersion: { groupVersion: string } }[] }>("/apis");
  const paths = ["/api/v1", ...groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`)];
  const perGroup = await Promise.all(
    paths.map(async (path) => {
      const { resources } = await admin.get<{ resources: ApiResource[] }>(path);
      const listed = resources.filter(({ name, verbs }) => verbs.includes("list") && !name.includes("/"));
      return Promise.all(
        listed.map(async ({ name, kind }) => {
          const { items } = await admin.get<{ items: ApiObject[] }>(`${path}/${name}`);
          return items.map(({ metadata }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`);
        }),
      );
    }),
  );
  return perGroup
    .flat(2)
    .filter((name) => !NOT_COUNTED.test(name))
    .toSorted();
}
