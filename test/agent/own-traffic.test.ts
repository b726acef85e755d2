import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { type TestContext, test } from "node:test";
import { OwnTraffic } from "../../src/agent/own-traffic.ts";
import { readOtlpEnvironment } from "../../src/export/otlp/otlp-environment.ts";
import { PathCache } from "../../src/facts/path-cache.ts";
import { ClusterFeed } from "../../src/inventory/cluster-feed.ts";
import { ClusterIndex } from "../../src/inventory/cluster-index.ts";
import type { Connection, Endpoint } from "../../src/model/connection.ts";
import { Direction } from "../../src/model/packet.ts";
import { NodePipeline } from "../../src/pipeline.ts";
import { connection as connectionFact } from "../support/cluster/watched-cluster.ts";
import { until } from "../support/until.ts";

const NODE_ADDRESS = "192.168.7.1";
const COLLECTOR = "10.96.0.50";
const API_SERVER = "10.96.0.1";
const ENDPOINT = "10.244.1.9";

interface TestService {
  readonly namespace: string;
  readonly name: string;
  readonly clusterIP: string;
  readonly port: number;
  readonly endpoint: Endpoint;
}

function serviceObjects({ namespace, name, clusterIP, port, endpoint }: TestService): object[] {
  const metadata = { namespace, name };
  const labels = { "kubernetes.io/service-name": name };
  return [
    { kind: "Service", metadata, spec: { clusterIP, clusterIPs: [clusterIP], ports: [{ port }] } },
    {
      kind: "EndpointSlice",
      metadata: { ...metadata, labels },
      endpoints: [{ addresses: [endpoint.address] }],
      ports: [{ port: endpoint.port }],
    },
  ];
}

function index(others: readonly object[] = []): ClusterIndex {
  const services: readonly TestService[] = [
    {
      namespace: "observability",
      name: "collector",
      clusterIP: COLLECTOR,
      port: 4317,
      endpoint: { address: ENDPOINT, port: 14317 },
    },
    {
      namespace: "default",
      name: "kubernetes",
      clusterIP: API_SERVER,
      port: 443,
      endpoint: { address: "192.168.7.9", port: 6443 },
    },
  ];
  const objects = [...services.flatMap(serviceObjects), ...others];
  const { index } = new ClusterFeed(objects, []);
  index.setOwnAddresses("worker-1", [NODE_ADDRESS]);
  return index;
}

async function started(t: TestContext, collector: string | null, apiServer: string | null = null): Promise<OwnTraffic> {
  const traffic = await OwnTraffic.start({ collector, apiServer }, index(), "worker-1");
  t.after(() => traffic.stop());
  return traffic;
}

function connection(source: string, dialled: Endpoint, served: Endpoint = dialled): Connection {
  const from = { address: source, port: 40_000 };
  return {
    startMicros: 1,
    endMicros: 2,
    outcome: "established",
    senderLink: 0,
    firstDirection: Direction.outgoing,
    retries: 0,
    preNat: { source: from, destination: dialled },
    postNat: { source: from, destination: served },
  };
}

const cases: { name: string; target: string; connection: Connection; isOwn: boolean }[] = [
  {
    name: "a connection of this node to the Collector is own traffic",
    target: `${COLLECTOR}:4317`,
    connection: connection(NODE_ADDRESS, { address: COLLECTOR, port: 4317 }),
    isOwn: true,
  },
  {
    name: "so is a connection with the endpoint of its Service, after NAT out of sight",
    target: `${COLLECTOR}:4317`,
    connection: connection(NODE_ADDRESS, { address: ENDPOINT, port: 14317 }),
    isOwn: true,
  },
  {
    name: "so is what it sends over HTTP",
    target: readOtlpEnvironment({
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://${COLLECTOR}:4318/otlp`,
    }).endpoint.target,
    connection: connection(NODE_ADDRESS, { address: COLLECTOR, port: 4318 }),
    isOwn: true,
  },
  {
    name: "a connection to another port of the Collector is not",
    target: `${COLLECTOR}:4317`,
    connection: connection(NODE_ADDRESS, { address: COLLECTOR, port: 8888 }),
    isOwn: false,
  },
  {
    name: "a connection of a pod to the same Collector is not",
    target: `${COLLECTOR}:4317`,
    connection: connection("10.244.1.77", { address: COLLECTOR, port: 4317 }, { address: ENDPOINT, port: 14317 }),
    isOwn: false,
  },
  {
    name: "an IPv6 address in brackets is compared as an address",
    target: "[fd00::50]:4317",
    connection: connection(NODE_ADDRESS, { address: "fd00::50", port: 4317 }),
    isOwn: true,
  },
];

for (const { name, target, connection, isOwn } of cases) {
  test(name, async (t) => assert.equal((await started(t, target)).hasConnection(connection), isOwn));
}

test("a Collector is recognized by its Service while DNS does not have its name yet", async (t) => {
  const inVain = { millis: 60_000, addressesOf: () => Promise.reject(new Error("no such name")) };
  const started = async (collector: string): Promise<OwnTraffic> => {
    const traffic = await OwnTraffic.start({ collector, apiServer: null }, index(), "worker-1", inVain);
    t.after(() => traffic.stop());
    return traffic;
  };
  for (const [host, isOwn] of [
    ["collector.observability", true],
    ["collector.observability.svc", true],
    ["collector.observability.svc.cluster.local.", true],
    ["collector.observability.example.com", false],
    ["collector.other", false],
    ["collector", false],
  ] as const) {
    const traffic = await started(`${host}:4317`);
    const has = (address: string, port: number) => traffic.hasConnection(connection(NODE_ADDRESS, { address, port }));
    assert.deepEqual([has(COLLECTOR, 4317), has(ENDPOINT, 14317), has(COLLECTOR, 8888)], [isOwn, isOwn, false], host);
    assert.equal(traffic.hasConnection(connection(ENDPOINT, { address: "10.96.0.80", port: 4317 })), isOwn, host);
  }
});

test("a Service with the Collector's address as an external address hides no connections to its endpoints", async (t) => {
  const [endpoint, port] = [{ address: "10.244.1.77", port: 8080 }, 4317];
  const [service, slice] = serviceObjects({ namespace: "evil", name: "x", clusterIP: "10.96.0.66", port, endpoint });
  const claim = { ...service, spec: { externalIPs: [COLLECTOR], ports: [{ port }] } };
  const targets = { collector: `${COLLECTOR}:${port}`, apiServer: null };
  const traffic = await OwnTraffic.start(targets, index([claim, slice ?? {}]), "worker-1");
  t.after(() => traffic.stop());
  assert.equal(traffic.hasConnection(connection(NODE_ADDRESS, endpoint)), false);
  assert.equal(traffic.hasConnection(connection(NODE_ADDRESS, { address: ENDPOINT, port: 14317 })), true);
});

test("a name that was not resolved is resolved again soon", async (t) => {
  let resolved = 0;
  const resolution = {
    millis: 3_600_000,
    addressesOf: (): Promise<readonly string[]> =>
      ++resolved === 1 ? Promise.reject(new Error("no such name")) : Promise.resolve(["192.0.2.1"]),
  };
  const targets = { collector: "collector.example:4317", apiServer: null };
  const traffic = await OwnTraffic.start(targets, index(), "worker-1", resolution);
  t.after(() => traffic.stop());
  const isOwn = () => traffic.hasConnection(connection(NODE_ADDRESS, { address: "192.0.2.1", port: 4317 }));
  assert.equal(isOwn(), false);
  await until("it is resolved", isOwn);
});

test("connections to the agent's API server are own traffic, to its Service and to its endpoint", async (t) => {
  const traffic = await started(t, null, `${API_SERVER}:443`);
  const has = (source: string, address: string, port: number) =>
    traffic.hasConnection(connection(source, { address, port }));
  assert.equal(has(NODE_ADDRESS, API_SERVER, 443), true);
  assert.equal(has(NODE_ADDRESS, "192.168.7.9", 6443), true);
  assert.equal(has(NODE_ADDRESS, "192.168.7.9", 10250), false);
  assert.equal(has("10.244.1.77", API_SERVER, 443), false);
  assert.equal(
    (await started(t, `${COLLECTOR}:4317`)).hasConnection(connection(NODE_ADDRESS, { address: API_SERVER, port: 443 })),
    false,
  );
});

test("OTLP connections of a Collector pod are own traffic; its other connections are not", async (t) => {
  const traffic = await started(t, `${COLLECTOR}:4317`);
  const tempo = { address: "10.96.0.80", port: 4317 };
  assert.equal(traffic.hasConnection(connection(ENDPOINT, tempo)), true);
  assert.equal(traffic.hasConnection(connection(ENDPOINT, { ...tempo, port: 80 }, tempo)), true);
  assert.equal(traffic.hasConnection(connection(ENDPOINT, { ...tempo, port: 9090 })), false);
  assert.equal(traffic.hasConnection(connection("10.244.1.77", tempo)), false);
});

test("with a Collector given by a pod address, only OTLP connections from that address are own traffic", async (t) => {
  const traffic = await started(t, `${ENDPOINT}:14317`);
  const tempo = { address: "10.96.0.80", port: 4317 };
  assert.equal(traffic.hasConnection(connection(ENDPOINT, tempo)), true);
  assert.equal(traffic.hasConnection(connection(ENDPOINT, { ...tempo, port: 9090 })), false);
  assert.equal(traffic.hasConnection(connection("10.244.1.77", tempo)), false);
  assert.equal((await started(t, null)).hasConnection(connection(ENDPOINT, tempo)), false);
});

test("without a cluster the addresses of this machine count as the node's", async (t) => {
  const address = Object.values(networkInterfaces())
    .flatMap((found) => found ?? [])
    .find(({ internal, family }) => !internal && family === "IPv4")?.address;
  if (address === undefined) return t.skip("NOT TESTED: this machine has no address but the loopback's");
  const traffic = await OwnTraffic.start({ collector: "192.0.2.9:4317", apiServer: null }, new ClusterIndex(), null);
  t.after(() => traffic.stop());
  assert.equal(traffic.hasConnection(connection(address, { address: "192.0.2.9", port: 4317 })), true);
});

test("lookups of the Collector's name are own traffic, with every suffix of the search path", async (t) => {
  const traffic = await started(t, "localhost:4317");
  const lookup = (name: string, address: string, evidence: "lookup" | "handshake" = "lookup") =>
    traffic.hasLookup({
      timeMicros: 1,
      evidence,
      outcome: "resolved",
      errorType: null,
      name,
      canonicalName: null,
      dialled: null,
      client: { type: "node", name: "worker-1" },
      server: { type: "external", name },
      serverAddress: null,
      clientAddress: { address, port: 5353 },
      durationMicros: 1,
      retries: 0,
      nameAgeMicros: null,
      clientRule: null,
      serverRule: null,
      clientPod: null,
      serverPod: null,
      dialledService: null,
      reporter: null,
    });
  assert.equal(lookup("localhost", NODE_ADDRESS), true);
  assert.equal(lookup("localhost.svc.cluster.local", NODE_ADDRESS), true);
  assert.equal(lookup("localhosts", NODE_ADDRESS), false);
  assert.equal(lookup("localhost", "10.244.1.77"), false);
  assert.equal(lookup("localhost", NODE_ADDRESS, "handshake"), false);
});

test("a Collector is recognized at its new address after a change, and at the last one when its name is gone", async (t) => {
  let addresses: readonly string[] = ["192.0.2.1"];
  const resolved: string[] = [];
  const resolution = {
    millis: 5,
    async addressesOf(host: string) {
      resolved.push(host);
      if (addresses.length === 0) throw new Error("no such name");
      return addresses;
    },
  };
  const targets = { collector: "collector.example:4317", apiServer: null };
  const traffic = await OwnTraffic.start(targets, index(), "worker-1", resolution);
  t.after(() => traffic.stop());
  const dials = (address: string) => traffic.hasConnection(connection(NODE_ADDRESS, { address, port: 4317 }));
  assert.deepEqual([dials("192.0.2.1"), dials("192.0.2.2")], [true, false]);
  addresses = ["192.0.2.2", "2001:DB8::2"];
  await until("the new address is known", () => dials("192.0.2.2"));
  assert.deepEqual([dials("192.0.2.1"), dials("2001:db8::2")], [false, true]);
  addresses = [];
  const before = resolved.length;
  await until("it was resolved in vain", () => resolved.length > before + 2);
  assert.equal(dials("192.0.2.2"), true);
  assert.deepEqual([...new Set(resolved)], ["collector.example"]);
});

test("connections of a known path are own traffic as soon as a name has another address, or the node has", async (t) => {
  const answers: ((addresses: readonly string[]) => void)[] = [];
  const addressesOf = () => new Promise<readonly string[]>((answer) => answers.push(answer));
  const targets = { collector: "collector.example:4317", apiServer: null };
  const feed = new ClusterFeed([], []);
  feed.index.setOwnAddresses("worker-1", [NODE_ADDRESS]);
  const starting = OwnTraffic.start(targets, feed.index, "worker-1", { millis: 5, addressesOf });
  answers[0]?.(["192.0.2.1"]);
  const ownTraffic = await starting;
  t.after(() => ownTraffic.stop());
  const settings = { agents: null, dnsPorts: [53], externalCidrs: [], clusterDomain: "cluster.local" };
  const node = new NodePipeline(
    { ...settings, feed, node: "worker-1", ownTraffic },
    { add() {}, resolver() {}, advance() {} },
  );
  const paths = new PathCache();
  let at = 0;
  const isOwn = (from: string): boolean => {
    const before = node.resolveCounters().ignored.own_traffic;
    at += 100;
    const fact = connectionFact({ at, from, to: "192.0.2.2:4317", paths });
    fact.feed(node);
    node.time(fact.arrivalMicros + 50e6);
    return node.resolveCounters().ignored.own_traffic > before;
  };
  const { version } = ownTraffic;
  const other = "192.168.7.2";
  await until("the name is resolved again", () => answers.length === 2);
  assert.ok(ownTraffic.version > version);
  for (let i = 0; i < 3; i++) assert.deepEqual([isOwn(NODE_ADDRESS), isOwn(other)], [false, false]);
  answers[1]?.(["192.0.2.2"]);
  await new Promise(setImmediate);
  for (let i = 0; i < 3; i++) assert.deepEqual([isOwn(NODE_ADDRESS), isOwn(other)], [true, false]);
  feed.index.setOwnAddresses("worker-1", [NODE_ADDRESS, other]);
  assert.deepEqual([isOwn(NODE_ADDRESS), isOwn(other)], [true, true]);
});
