// EDGE: the Kubernetes API, files, process
// The program that `npm run bench:cluster` compares with the agent: the informers of @kubernetes/client-node, with whole
// objects, for the kinds that the agent watches. The environment has the folder of the service account and the API server.
// Prints `synced` when every kind has been listed.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  AppsV1Api,
  BatchV1Api,
  CoreV1Api,
  DiscoveryV1Api,
  KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
  makeInformer,
} from "@kubernetes/client-node";

const {
  WIRESPAN_SERVICE_ACCOUNT: folder = "",
  KUBERNETES_SERVICE_HOST: host,
  KUBERNETES_SERVICE_PORT: port,
} = process.env;
const config = new KubeConfig();
config.loadFromClusterAndUser(
  { name: "bench", server: `https://${host}:${port}`, caFile: join(folder, "ca.crt"), skipTLSVerify: false },
  { name: "bench", token: readFileSync(join(folder, "token"), "utf8") },
);

const core = config.makeApiClient(CoreV1Api);
const apps = config.makeApiClient(AppsV1Api);
const batch = config.makeApiClient(BatchV1Api);
const discovery = config.makeApiClient(DiscoveryV1Api);

type List = () => Promise<KubernetesListObject<KubernetesObject>>;
const kinds: readonly (readonly [path: string, list: List])[] = [
  ["/api/v1/nodes", () => core.listNode()],
  ["/api/v1/pods", () => core.listPodForAllNamespaces()],
  ["/api/v1/services", () => core.listServiceForAllNamespaces()],
  ["/apis/apps/v1/replicasets", () => apps.listReplicaSetForAllNamespaces()],
  ["/apis/batch/v1/jobs", () => batch.listJobForAllNamespaces()],
  ["/apis/discovery.k8s.io/v1/endpointslices", () => discovery.listEndpointSliceForAllNamespaces()],
];
const informers = kinds.map(([path, list]) => makeInformer(config, path, list));
for (const informer of informers) informer.on("error", (error) => console.error(String(error)));
await Promise.all(informers.map((informer) => informer.start()));
console.log("synced");
