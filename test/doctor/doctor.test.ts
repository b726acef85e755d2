// `wirespan doctor` as a process, on the loopback.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, connect, createServer } from "node:net";
import { type TestContext, test } from "node:test";
import { setInterval as every } from "node:timers/promises";
import packet from "dns-packet";
import { json, kubeconfigOf, refuse, startOddApi, streamLists } from "../kubernetes/client/support/odd-api.ts";
import { acceptingCollector } from "../support/cli/accepting-collector.ts";
import { type Ended, ended, start, wirespan } from "../support/cli/wirespan.ts";

const BOUND = { timeout: 60_000 };
/** A user without privileges. */
const UNPRIVILEGED = 65_534;

/** Status of a check. */
function statusOf({ stdout }: Ended, check: string): string | undefined {
  const line = stdout.split("\n").find((text) => text.slice(9).startsWith(`${check} `));
  return line?.split(" ")[0];
}

/** A DNS server for one name, and a TCP server; both on the loopback. */
async function servers(t: TestContext): Promise<{ dnsPort: number; tcpPort: number; sendTraffic: () => void }> {
  const dns = createSocket("udp4").on("message", (bytes, { port, address }) => {
    const { id, questions } = packet.decode(bytes);
    const answer = { type: "A", name: "shop.example", data: "127.0.0.1" } as const;
    const reply: packet.Packet = { type: "response", id: id ?? 0, questions: questions ?? [], answers: [answer] };
    dns.send(packet.encode(reply), port, address);
  });
  const client = createSocket("udp4");
  const tcp = createServer((socket) => socket.destroy());
  t.after(() => {
    for (const one of [dns, client, tcp]) one.close();
  });
  await Promise.all([dns.bind(0, "127.0.0.1"), tcp.listen(0, "127.0.0.1")].map((one) => once(one, "listening")));
  const [dnsPort, tcpPort] = [dns.address().port, (tcp.address() as AddressInfo).port];
  let id = 0;
  const query = () =>
    packet.encode({ type: "query", id: ++id, questions: [{ type: "A", class: "IN", name: "shop.example" }] });
  return {
    dnsPort,
    tcpPort,
    sendTraffic() {
      client.send(query(), dnsPort, "127.0.0.1");
      connect(tcpPort, "127.0.0.1").on("error", () => {});
    },
  };
}

test("with DNS and connections it is ok before the time limit, and exits with 0", BOUND, async (t) => {
  const { dnsPort, sendTraffic } = await servers(t);
  const child = start(["doctor", "--device", "lo", "--dns-port", String(dnsPort), "--seconds", "55"]);
  const end = ended(child);
  for await (const _ of every(50)) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    sendTraffic();
  }
  const run = await end;
  assert.equal(run.code, 0, run.stdout + run.stderr);
  const checks = ["capture", "DNS", "connections"].map((check) => statusOf(run, check));
  assert.deepEqual(checks, ["ok", "ok", "ok"], run.stdout);
});

test("with connections alone it waits for DNS until the time limit, and warns", BOUND, async (t) => {
  const { tcpPort } = await servers(t);
  const from = performance.now();
  const child = start(["doctor", "--device", "lo", "--dns-port", "9", "--seconds", "2", "--no-kubernetes"]);
  const end = ended(child);
  for await (const _ of every(50)) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    connect(tcpPort, "127.0.0.1").on("error", () => {});
  }
  const run = await end;
  assert.deepEqual([statusOf(run, "DNS"), statusOf(run, "connections")], ["warning", "ok"], run.stdout);
  assert.ok(performance.now() - from > 2_000);
});

test("no traffic is a warning with a fix, not a failure", BOUND, async () => {
  const run = await wirespan(["doctor", "--device", "lo", "--dns-port", "9", "--seconds", "0"]);
  assert.equal(run.code, 0, run.stdout);
  assert.equal(statusOf(run, "DNS"), "warning");
  assert.match(run.stdout, /no lookup was observed in 0 s; make one/);
});

test("without permission to capture it fails, names the capability, and runs the other checks", BOUND, async () => {
  const run = await wirespan(["doctor", "--device", "lo"], { uid: UNPRIVILEGED });
  assert.deepEqual([run.code, statusOf(run, "capture")], [1, "failed"], run.stdout);
  assert.match(run.stdout, /CAP_NET_RAW/);
  assert.notEqual(statusOf(run, "interfaces"), undefined);
});

test("a missing Collector fails the check", BOUND, async (t) => {
  const { tcpPort } = await servers(t);
  const args = ["doctor", "--device", "lo", "--seconds", "0", "--collector", `http://127.0.0.1:${tcpPort}`];
  const run = await wirespan(args);
  assert.deepEqual([run.code, statusOf(run, "Collector")], [1, "failed"], run.stdout);
});

test("an environment that disables the export is a warning, and nothing is sent", BOUND, async () => {
  for (const env of [{ OTEL_TRACES_EXPORTER: "console" }, { OTEL_SDK_DISABLED: "true" }]) {
    const run = await wirespan(["doctor", "--device", "lo", "--seconds", "0", "--collector"], { env });
    assert.deepEqual([run.code, statusOf(run, "Collector")], [0, "warning"], run.stdout);
    assert.doesNotMatch(run.stdout, /wirespan-doctor/);
  }
});

/** A Prometheus that has counted this run's test pairs, and late pairs of other runs. */
async function prometheusOf(t: TestContext, late: readonly string[]): Promise<{ url: string; queries: string[] }> {
  const queries: string[] = [];
  const server = createHttpServer(({ url }, response) => {
    const query = new URL(url ?? "", "http://prometheus").searchParams.get("query") ?? "";
    queries.push(query);
    const requested = /server="([^"]+)"/.exec(query)?.[1];
    const edges = requested === undefined ? [] : [[requested, 10], ...late.map((name) => [name, 1])];
    const result = edges
      .filter(([name]) => requested === undefined || name === requested)
      .map(([name, count]) => ({
        metric: { __name__: "traces_service_graph_request_total", client: "wirespan-doctor-client", server: name },
        value: [0, String(count)],
      }));
    response.end(JSON.stringify({ data: { result } }));
  }).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, queries };
}

test("a run counts only its own pairs, even if pairs of another run arrive", BOUND, async (t) => {
  const { port } = await acceptingCollector(t);
  const { url, queries } = await prometheusOf(t, ["wirespan-doctor-server"]);
  const args = ["doctor", "--device", "lo", "--seconds", "0", "--no-kubernetes", "--graph-seconds", "1"];
  const doctor = () => wirespan([...args, "--collector", `http://127.0.0.1:${port}`, "--prometheus", url]);
  for (const run of [await doctor(), await doctor()]) {
    assert.equal(run.code, 0, run.stdout);
    assert.match(run.stdout, /the graph counts all 10 test pairs once/);
  }
  const servers = new Set(queries.flatMap((query) => /server="([^"]+)"/.exec(query)?.[1] ?? []));
  assert.equal(servers.size, 2);
  for (const name of servers) assert.match(name, /^wirespan-doctor-server-[0-9a-f]{8}$/);
});

test("it fails with one line if every right is missing, and warns if one is", BOUND, async (t) => {
  const lists = streamLists({});
  const doctor = async (isForbidden: (path: string) => boolean) => {
    const api = await startOddApi(t, (path, response) => {
      if (path === "/version") return json(response, 200, { gitVersion: "v1.34.0" });
      return isForbidden(path) ? refuse(response, 403, "no") : lists(path, response);
    });
    return wirespan(["doctor", "--device", "lo", "--seconds", "0", "--kubeconfig", kubeconfigOf(t, api)]);
  };
  const all = await doctor(() => true);
  assert.deepEqual([all.code, statusOf(all, "rights")], [1, "failed"], all.stdout);
  assert.equal(all.stdout.match(/rights/g)?.length, 1, all.stdout);
  assert.match(
    all.stdout,
    /forbids every request of the agent, .*; bind a ClusterRole that allows list and watch on nodes, /,
  );
  const one = await doctor((path) => path.includes("/services?"));
  assert.equal(statusOf(one, "rights"), "warning", one.stdout);
});

test("an invalid time and an invalid endpoint are rejected", BOUND, async () => {
  const time = await wirespan(["doctor", "--seconds", "soon"]);
  assert.deepEqual([time.code, time.stdout], [2, ""]);
  assert.match(time.stderr, /invalid --seconds "soon": expected seconds from 0/);
  const endpoint = await wirespan(["doctor", "--device", "lo", "--collector", "collector:port"]);
  assert.deepEqual([endpoint.code, endpoint.stdout], [2, ""]);
  assert.match(endpoint.stderr, /invalid --collector=collector:port: expected host and port/);
  const variable = { env: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "collector:port" } };
  const unset = await wirespan(["doctor", "--device", "lo", "--collector"], variable);
  assert.deepEqual([unset.code, unset.stdout], [2, ""]);
  assert.match(unset.stderr, /invalid OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=collector:port: expected host and port/);
});
