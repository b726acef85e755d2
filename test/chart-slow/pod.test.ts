// Rights, arguments and environment of the agents' pods, by values.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { readOtlpEnvironment } from "../../src/export/otlp/otlp-environment.ts";
import { CHART, type RenderOptions, renderObjects } from "./helm.ts";
import {
  agentPod,
  type Container,
  container,
  only,
  type PodSpec,
  podTemplate,
  type SecurityContext,
} from "./pod-spec.ts";

const pod = async (options: RenderOptions = {}): Promise<PodSpec> => agentPod(await renderObjects(options));
const ci = (name: string): RenderOptions => ({ files: [join(CHART, `ci/${name}-values.yaml`)] });
const mounts = ({ volumeMounts = [] }: Container): string[] => volumeMounts.map(({ mountPath }) => mountPath);
const variables = ({ env = [] }: Container): Record<string, string | object | undefined> =>
  Object.fromEntries(env.map(({ name, value, valueFrom }) => [name, value ?? valueFrom]));

const TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount";
const MINIMAL: Omit<SecurityContext, "runAsUser" | "runAsGroup" | "capabilities"> = {
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  seccompProfile: { type: "RuntimeDefault" },
};

test("K4 the sensor has NET_RAW and no token, the agent a token and no capability, and neither is root", async () => {
  const spec = await pod();
  const [sensor, agent] = [container(spec, "sensor"), container(spec, "agent")];
  assert.equal(spec.containers.length, 2);
  assert.deepEqual(sensor.securityContext, {
    ...MINIMAL,
    runAsUser: 65532,
    runAsGroup: 65532,
    capabilities: { drop: ["ALL"], add: ["NET_RAW"] },
  });
  assert.deepEqual(agent.securityContext, {
    ...MINIMAL,
    runAsUser: 65533,
    runAsGroup: 65533,
    capabilities: { drop: ["ALL"] },
  });
  assert.deepEqual(mounts(sensor), ["/run/wirespan"]);
  assert.ok(mounts(agent).includes(TOKEN));
  assert.equal(spec.automountServiceAccountToken, false);
  assert.deepEqual(spec.volumes.flatMap(({ name, ...source }) => Object.keys(source)).toSorted(), [
    "emptyDir",
    "emptyDir",
    "projected",
  ]);
  assert.deepEqual([spec.hostNetwork, spec.hostPID, spec.hostIPC], [true, undefined, undefined]);
});

test("both containers read and write one socket, through a group that they share", async () => {
  const spec = await pod();
  assert.ok(container(spec, "sensor").args.includes("--socket=/run/wirespan/sensor.sock"));
  assert.ok(container(spec, "agent").args.includes("--sensor=/run/wirespan/sensor.sock"));
  assert.deepEqual(spec.securityContext, { fsGroup: 65532 });
  const socket = spec.volumes.find(({ name }) => name === "sensor-socket");
  assert.deepEqual(socket?.emptyDir, { medium: "Memory", sizeLimit: "1Mi" });
});

test("in one container the agent starts the sensor, with its user and capability", async () => {
  const spec = await pod(ci("one-container"));
  assert.deepEqual(
    spec.containers.map(({ name }) => name),
    ["agent"],
  );
  const agent = container(spec, "agent");
  assert.equal(agent.securityContext.runAsUser, 65532);
  assert.deepEqual(agent.securityContext.capabilities, { drop: ["ALL"], add: ["NET_RAW"] });
  assert.ok(agent.args.includes("--device=any"));
  assert.ok(!agent.args.some((argument) => argument.startsWith("--sensor")));
});

test("root is the sensor's alone, where nodes lose file capabilities", async () => {
  const spec = await pod(ci("root-sensor"));
  const { runAsUser, runAsNonRoot, capabilities } = container(spec, "sensor").securityContext;
  assert.deepEqual([runAsUser, runAsNonRoot, capabilities.drop], [0, false, ["ALL"]]);
  assert.equal(container(spec, "agent").securityContext.runAsNonRoot, true);
});

test("requests and a limit of memory, no limit of CPU", async () => {
  for (const { name, resources } of (await pod()).containers) {
    assert.deepEqual(Object.keys(resources?.requests ?? {}).toSorted(), ["cpu", "memory"], name);
    assert.deepEqual(Object.keys(resources?.limits ?? {}), ["memory"], name);
  }
});

test("probes ask the agent's own socket, so that no other program of the node answers for it", async () => {
  const agent = container(await pod(), "agent");
  for (const probe of [agent.startupProbe, agent.livenessProbe, agent.readinessProbe]) {
    assert.equal(probe?.exec?.command[2], "--socket=/run/wirespan-agent/health.sock");
  }
  assert.ok(agent.args.includes("--listen=unix:/run/wirespan-agent/health.sock"));
  assert.deepEqual(
    [agent.livenessProbe, agent.readinessProbe].map((probe) => probe?.exec?.command[3]),
    ["livez", "readyz"],
  );
});

test("a probe of the user's own is taken as it is", async () => {
  const agent = container(await pod(ci("everything")), "agent");
  assert.equal(agent.livenessProbe?.exec, undefined);
  assert.deepEqual(agent.livenessProbe?.httpGet, { path: "/livez", port: "health" });
});

test("the health port is neither the SDKs' own nor one that a node gives away, and it can be closed", async () => {
  const [port] = container(await pod(), "agent").ports ?? [];
  const number = port?.containerPort ?? 0;
  assert.ok(number !== 9464 && (number < 30_000 || number > 60_999) && number > 1023, String(number));
  const closed = container(await pod({ values: { health: { port: 0 } } }), "agent");
  assert.equal(closed.ports, undefined);
  assert.deepEqual(
    closed.args.filter((argument) => argument.startsWith("--listen")),
    ["--listen=unix:/run/wirespan-agent/health.sock"],
  );
});

test("addresses to listen on stand in brackets, IPv6 and IPv4", async () => {
  for (const address of ["$(HOST_IP)", "127.0.0.1", "fd00::7"]) {
    const { args } = container(await pod({ values: { health: { address } } }), "agent");
    assert.ok(args.includes(`--listen=[${address}]:19464`), address);
  }
});

test("the graph is served on loopback whatever the health address is, or not at all", async () => {
  const listens = async (health: object, graph = {}): Promise<readonly string[]> => {
    const { args } = container(await pod({ values: { health, graph } }), "agent");
    return args.filter((argument) => /^--(listen=[^u]|no-graph)/.test(argument));
  };
  assert.deepEqual(await listens({}), ["--listen=:19464"]);
  for (const address of ["$(HOST_IP)", "192.0.2.7", "fd00::7"]) {
    assert.deepEqual(await listens({ address }), [`--listen=[${address}]:19464`, "--listen=127.0.0.1:19464"]);
  }
  for (const address of ["127.0.0.1", "127.0.0.2", "::1", "0.0.0.0", "::"]) {
    assert.deepEqual(await listens({ address }), [`--listen=[${address}]:19464`]);
  }
  assert.deepEqual(await listens({ port: 0, address: "$(HOST_IP)" }), []);
  assert.deepEqual(await listens({ address: "$(HOST_IP)" }, { enabled: false }), [
    "--listen=[$(HOST_IP)]:19464",
    "--no-graph",
  ]);
});

test("pairs go to the node's own Collector, past any proxy", async () => {
  const env = variables(container(await pod(), "agent"));
  assert.equal(env.OTEL_EXPORTER_OTLP_ENDPOINT, "http://$(HOST_IP):4317");
  assert.equal(env.OTEL_EXPORTER_OTLP_PROTOCOL, "grpc");
  assert.equal(env.no_grpc_proxy, "$(HOST_IP),.svc,.svc.cluster.local");
  const http = variables(container(await pod({ values: { otlp: { protocol: "http/protobuf" } } }), "agent"));
  assert.equal(http.OTEL_EXPORTER_OTLP_ENDPOINT, "http://$(HOST_IP):4318");
});

test("headers and certificates come from Secrets", async () => {
  const spec = await pod(ci("secrets"));
  const agent = container(spec, "agent");
  const env = variables(agent);
  assert.equal(env.OTEL_EXPORTER_OTLP_HEADERS, "x-scope-orgid=team%20a,x-zone=7");
  assert.deepEqual(env.OTEL_EXPORTER_OTLP_TRACES_HEADERS, {
    secretKeyRef: { name: "collector-token", key: "headers" },
  });
  assert.equal(env.OTEL_EXPORTER_OTLP_CERTIFICATE, "/etc/wirespan/otlp-ca/ca.crt");
  assert.equal(env.OTEL_EXPORTER_OTLP_CLIENT_KEY, "/etc/wirespan/otlp-client/tls.key");
  assert.equal(env.no_grpc_proxy, "$(HOST_IP),.svc,.svc.cluster.local,$(no_proxy)");
  for (const path of ["/etc/wirespan/otlp-ca", "/etc/wirespan/otlp-client"]) assert.ok(mounts(agent).includes(path));
  assert.deepEqual(mounts(container(spec, "sensor")), ["/run/wirespan"]);
});

test("extraEnv replaces the chart's own, each name comes once, and what it names may be referred to", async () => {
  const { env = [], envFrom } = container(await pod(ci("everything")), "agent");
  const names = env.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  const at = (name: string): number => names.indexOf(name);
  assert.equal(env[at("HOST_IP")]?.value, "192.0.2.7");
  assert.equal(env[at("OTEL_EXPORTER_OTLP_ENDPOINT")]?.value, "http://$(COLLECTOR):4317");
  assert.ok(at("NODE_NAME") < at("COLLECTOR"));
  assert.ok(at("COLLECTOR") < at("OTEL_EXPORTER_OTLP_ENDPOINT") && at("HOST_IP") < at("no_grpc_proxy"));
  assert.deepEqual(envFrom, [{ secretRef: { name: "collector" } }]);
});

test("every node has an agent but those that can run none; the user's affinity is kept", async () => {
  const standard = await pod();
  assert.deepEqual(standard.tolerations, [{ operator: "Exists" }]);
  assert.deepEqual(standard.nodeSelector, { "kubernetes.io/os": "linux" });
  const fargate = { key: "eks.amazonaws.com/compute-type", operator: "NotIn", values: ["fargate"] };
  const virtual = { key: "type", operator: "NotIn", values: ["virtual-kubelet"] };
  const required = (terms: object[]) => ({
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms },
  });
  assert.deepEqual(standard.affinity, { nodeAffinity: required([{ matchExpressions: [fargate, virtual] }]) });

  const own = await pod(ci("scheduling"));
  const zone = { key: "zone", operator: "In", values: ["a"] };
  const metal = { key: "type", operator: "In", values: ["bare-metal"] };
  const arm = { matchExpressions: [{ key: "arch", operator: "In", values: ["arm64"] }] };
  assert.deepEqual(own.affinity, {
    nodeAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: arm }],
      // The second term says of `type` itself where to run.
      ...required([{ matchExpressions: [zone, fargate, virtual] }, { matchExpressions: [metal, fargate] }]),
    },
  });
  assert.deepEqual(own.nodeSelector, { "kubernetes.io/os": "linux", "node-pool": "workers" });
  assert.deepEqual(own.tolerations, [{ key: "dedicated", operator: "Exists", effect: "NoSchedule" }]);
  assert.equal((await pod({ values: { avoidVirtualNodes: false } })).affinity, undefined);
});

test("pods are replaced a tenth at a time, end within 10 s and leave the reason of a crash", async () => {
  const objects = await renderObjects();
  const { updateStrategy } = only(objects, "DaemonSet").spec as { updateStrategy: object };
  assert.deepEqual(updateStrategy, { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "10%" } });
  const spec = agentPod(objects);
  assert.equal(spec.terminationGracePeriodSeconds, 10);
  for (const each of spec.containers) {
    assert.equal((each as unknown as Record<string, string>).terminationMessagePolicy, "FallbackToLogsOnError");
  }
});

test("the pod of helm test has no rights to spare, and is no agent", async () => {
  const objects = await renderObjects();
  const job = podTemplate(only(objects, "Job"));
  const hooks = objects.filter(({ metadata }) => "helm.sh/hook" in ((metadata.annotations ?? {}) as object));
  assert.deepEqual(hooks.map(({ kind }) => kind).toSorted(), ["Job", "Role", "RoleBinding", "ServiceAccount"]);
  for (const { metadata } of hooks) {
    assert.equal((metadata.labels as Record<string, string>)["app.kubernetes.io/name"], "wirespan-test");
  }
  assert.equal(job.metadata.labels["app.kubernetes.io/name"], "wirespan-test");
  assert.deepEqual([job.spec.hostNetwork, job.spec.volumes], [undefined, undefined]);
  for (const { securityContext } of job.spec.containers) {
    assert.deepEqual(securityContext.capabilities, { drop: ["ALL"] });
    assert.equal(securityContext.runAsNonRoot, true);
  }
});

test("the intents container keeps the graph of the agent beside it, without rights", async () => {
  const spec = await pod({ values: { intents: { enabled: true, port: 19465, every: "1m" } } });
  const intents = container(spec, "intents");
  assert.deepEqual(intents.securityContext, container(spec, "agent").securityContext);
  assert.deepEqual(intents.securityContext.capabilities, { drop: ["ALL"] });
  assert.deepEqual(mounts(intents), ["/run/wirespan-agent", "/var/lib/wirespan"]);
  assert.deepEqual(spec.volumes.find(({ name }) => name === "intents")?.emptyDir, { sizeLimit: "256Mi" });
  assert.deepEqual(intents.args, [
    "keep",
    "--agent=unix:/run/wirespan-agent/health.sock",
    "--folder=/var/lib/wirespan",
    "--every=1m",
    "--listen=127.0.0.1:19465",
  ]);
});

test("the program reads the environment that the chart writes", async () => {
  const env = variables(container(await pod(ci("secrets")), "agent"));
  const texts = Object.entries(env).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  const read = readOtlpEnvironment(Object.fromEntries(texts));
  assert.equal(read.protocol, env.OTEL_EXPORTER_OTLP_PROTOCOL);
  assert.deepEqual(read.headers, { "x-scope-orgid": "team a", "x-zone": "7" });
  assert.equal(read.endpoint.tls, true);
  assert.equal(read.clientKey, "/etc/wirespan/otlp-client/tls.key");
  assert.equal(read.compression, "gzip");
});
