// What the schema takes and refuses, and what the templates refuse with a sentence.
import assert from "node:assert/strict";
import { test } from "node:test";
import { HELMS, template } from "./helm.ts";

const accepted: readonly { readonly name: string; readonly values: object }[] = [
  { name: "what a parent chart sets for all its parts", values: { global: { domain: "example.com", tags: { a: 1 } } } },
  { name: "a parent chart's switch", values: { enabled: true } },
  { name: "pull Secrets by name", values: { global: { imagePullSecrets: ["a"] } } },
  { name: "pull Secrets as objects", values: { image: { pullSecrets: [{ name: "a" }] } } },
  { name: "an endpoint that the environment names", values: { otlp: { endpoint: "" } } },
  { name: "an endpoint on a socket", values: { otlp: { endpoint: "unix:/run/otlp.sock" } } },
  { name: "a CPU limit, with a warning", values: { sensor: { resources: { limits: { cpu: 1 } } } } },
  { name: "no tolerations", values: { tolerations: [] } },
  { name: "a number of unavailable pods", values: { updateStrategy: { rollingUpdate: { maxUnavailable: 3 } } } },
  { name: "no health port", values: { health: { port: 0 } } },
  { name: "an IPv6 address to listen on", values: { health: { address: "fd00::7" } } },
  { name: "a probe of the user's own", values: { agent: { livenessProbe: { httpGet: { port: 1, path: "/" } } } } },
  { name: "no probe", values: { agent: { livenessProbe: null } } },
  { name: "a sensor that is root", values: { sensor: { securityContext: { runAsUser: 0 } } } },
  { name: "an object as text", values: { extraObjects: ["apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }"] } },
];

const refused: readonly { readonly name: string; readonly values: object; readonly because: RegExp }[] = [
  { name: "a value that there is not", values: { replicas: 3 }, because: /'replicas' not allowed/ },
  { name: "a slip in a name", values: { otlp: { endpint: "http://a" } }, because: /'endpint' not allowed/ },
  {
    name: "an endpoint without a scheme",
    values: { otlp: { endpoint: "collector:4317" } },
    because: /\/otlp\/endpoint/,
  },
  { name: "another protocol", values: { otlp: { protocol: "http/json" } }, because: /\/otlp\/protocol/ },
  {
    name: "a header that HTTP does not allow",
    values: { otlp: { headers: { "a b": "c" } } },
    because: /'a b' not allowed/,
  },
  {
    name: "more pods at a time than the node's port allows",
    values: { updateStrategy: { rollingUpdate: { maxSurge: 1 } } },
    because: /'maxSurge' not allowed/,
  },
  {
    name: "no pod that may be missing",
    values: { updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } },
    because: /maxUnavailable/,
  },
  {
    name: "an agent that is root",
    values: { agent: { securityContext: { runAsUser: 0 } } },
    because: /\/agent\/securityContext\/runAsUser/,
  },
  {
    name: "more capabilities",
    values: { sensor: { securityContext: { capabilities: {} } } },
    because: /'capabilities' not allowed/,
  },
  { name: "a digest that is cut", values: { image: { digest: "sha256:abc" } }, because: /\/image\/digest/ },
  { name: "a port that there is not", values: { health: { port: 70_000 } }, because: /\/health\/port/ },
  {
    name: "a label that agents find each other by",
    values: { podLabels: { "app.kubernetes.io/name": "x" } },
    because: /podLabels sets app\.kubernetes\.io\/name, by which agents find each other/,
  },
  {
    name: "the same label on all objects",
    values: { labels: { "app.kubernetes.io/instance": "x" } },
    because: /labels sets app\.kubernetes\.io\/instance, by which/,
  },
  {
    name: "a range without a name",
    values: { agent: { externalCidrs: [{ cidr: "10.0.0.0/8" }] } },
    because: /externalCidrs/,
  },
  { name: "a DNS port as text", values: { sensor: { dnsPorts: ["5353"] } }, because: /dnsPorts/ },
  { name: "another user namespace", values: { hostUsers: false }, because: /'hostUsers' not allowed/ },
  {
    name: "the intents container without a graph to keep",
    values: { intents: { enabled: true }, graph: { enabled: false } },
    because: /intents\.enabled keeps the agent's graph, and graph\.enabled is false; enable both/,
  },
  {
    name: "two monitors",
    values: { podMonitor: { enabled: true }, serviceMonitor: { enabled: true } },
    because: /each agent would be scraped twice; enable one of them/,
  },
  {
    name: "a monitor without a port",
    values: { podMonitor: { enabled: true }, health: { port: 0 } },
    because: /health\.port is 0; set a port, or disable them/,
  },
  {
    name: "an authority from two places",
    values: { otlp: { ca: { secretName: "a", configMapName: "b" } } },
    because: /otlp\.ca names a Secret and a ConfigMap; leave one of them/,
  },
  {
    name: "one name twice in the environment",
    values: { agent: { extraEnv: [{ name: "A" }, { name: "A" }] } },
    because: /agent\.extraEnv has A twice; leave one of them/,
  },
  {
    name: "the environment of a container that there is not",
    values: { sensor: { ownContainer: false, extraEnv: [{ name: "A", value: "1" }] } },
    because: /sensor\.extraEnv has no effect where sensor\.ownContainer is false; move it to agent\.extraEnv/,
  },
  {
    name: "a quota for no class",
    values: { resourceQuota: { create: true } },
    because: /resourceQuota\.create admits pods of a priority class; name it in priorityClassName/,
  },
  {
    name: "a Role without subjects",
    values: { viewer: { create: true } },
    because: /viewer\.create binds a Role to people; name them in viewer\.subjects/,
  },
  ...[{ graph: { enabled: false } }, { health: { port: 0 } }].map((without) => ({
    name: `viewers without ${JSON.stringify(without)}`,
    values: { viewer: { create: true, subjects: [{ kind: "User", name: "a" }] }, ...without },
    because: /viewer\.create lets people read \/graph of the health port; set graph\.enabled and health\.port/,
  })),
];

for (const version of HELMS) {
  for (const { name, values } of accepted) {
    test(`${version} takes ${name}`, async () => {
      const { code, stderr } = await template({ version, values });
      assert.equal(code, 0, stderr);
    });
  }
  for (const { name, values, because } of refused) {
    test(`${version} refuses ${name}`, async () => {
      const { code, stderr } = await template({ version, values });
      assert.notEqual(code, 0);
      assert.match(stderr, because);
    });
  }
}
