// Real requests to a real agent: what it says of itself over HTTP.
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setInterval as every } from "node:timers/promises";
import { AgentHealth } from "../../src/telemetry/agent-health.ts";
import { startHealthServer } from "../../src/telemetry/health-server.ts";
import { parseListenAddress } from "../../src/telemetry/listen-address.ts";
import { agentMetrics } from "../../src/telemetry/metrics.ts";
import { parsePrometheusText, type Sample } from "../collector/support/prometheus-text.ts";
import { capture, ended, start, temporaryFolder, wirespan } from "../support/cli/wirespan.ts";

const BOUND = { timeout: 60_000 };

interface Running {
  readonly url: string;
  readonly stats: string;
  stderr(): string;
  stop(): Promise<void>;
}

async function runningAgent(
  t: TestContext,
  env: Record<string, string> = {},
  options: readonly string[] = ["--listen", "0", "--otlp"],
): Promise<Running> {
  const stats = join(temporaryFolder(t), "stats.json");
  const child = start(["agent", "--device", "lo", "--stats", stats, ...options], { env });
  t.after(() => child.kill("SIGKILL"));
  const end = ended(child);
  let stderr = "";
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  for await (const _ of every(20)) if (/capturing on|exit/.test(stderr) || child.exitCode !== null) break;
  const url = /health and metrics at (\S+)/.exec(stderr)?.[1];
  assert.ok(url !== undefined, stderr);
  return {
    url,
    stats,
    stderr: () => stderr,
    async stop() {
      child.kill("SIGTERM");
      assert.equal((await end).code, 0);
    },
  };
}

async function get(url: string, method = "GET"): Promise<{ status: number; type: string | null; text: string }> {
  const response = await fetch(url, { method });
  return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
}

/** Value of a sample by its name and labels; undefined when it is not there. */
function sampleOf(samples: readonly Sample[], name: string, labels: Readonly<Record<string, string>> = {}) {
  return samples.find(
    (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  )?.value;
}

test("an agent without a Collector is live and ready, and counts packets as they arrive", BOUND, async (t) => {
  const closed = createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const { port } = closed.address() as AddressInfo;
  closed.close();
  const agent = await runningAgent(t, { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
  // A refused connection sends packets, too.
  for await (const _ of every(100)) {
    await fetch(`http://127.0.0.1:${port}/`).catch(() => {});
    const { text, status } = await get(`${agent.url}/readyz`);
    assert.equal(status, 200, text);
    assert.match(text, /^ready\nok: packets are captured\n/);
    const samples = parsePrometheusText((await get(`${agent.url}/metrics`)).text);
    if ((sampleOf(samples, "wirespan_packets_total") ?? 0) > 0) break;
  }
  assert.deepEqual(await get(`${agent.url}/livez`), { status: 200, type: "text/plain; charset=utf-8", text: "ok\n" });
  assert.equal((await get(`${agent.url}/livez`, "HEAD")).text, "");
  assert.equal((await get(`${agent.url}/livez`, "POST")).status, 405);
  assert.equal((await get(`${agent.url}/secret`)).status, 404);
  await agent.stop();
});

test("metrics have every number of --stats, in a format that a Prometheus parser accepts", BOUND, async (t) => {
  const stats = join(temporaryFolder(t), "stats.json");
  const run = await wirespan([
    "agent",
    "--file",
    capture("node-a"),
    "--stats",
    stats,
    "--format",
    "json",
    "-o",
    "/dev/null",
  ]);
  assert.equal(run.code, 0, run.stderr);
  const figures = JSON.parse(readFileSync(stats, "utf8"));
  const health = new AgentHealth({ version: "1", figures: () => figures, watches: () => null });
  t.after(() => health.close());
  const { text, type } = await get(`${await health.listen(parseListenAddress("0"))}/metrics`);
  assert.equal(type, "text/plain; version=0.0.4; charset=utf-8");
  const samples = parsePrometheusText(text);
  assert.ok(figures.packets > 100 && figures.interactions > 20);
  assert.equal(sampleOf(samples, "wirespan_packets_total"), figures.packets);
  const interactions = samples.filter(({ name }) => name === "wirespan_interactions_total");
  assert.equal(
    interactions.reduce((sum, { value }) => sum + value, 0),
    figures.interactions,
  );
  assert.equal(
    sampleOf(samples, "wirespan_interactions_total", { outcome: "established" }),
    figures.outcomes.established,
  );
  assert.equal(sampleOf(samples, "wirespan_pairs_made_total"), figures.pairs.made);
  assert.equal(sampleOf(samples, "wirespan_pairs_dropped_total", { reason: "queue_full" }), 0);
  // Every number of --stats is a sample; interactions is the sum of its outcomes, all others are one each.
  const numbers = (value: unknown): number =>
    typeof value === "number"
      ? 1
      : Object.values((value as object | null) ?? {}).reduce(
          (sum: number, part) => sum + (typeof part === "string" ? 0 : numbers(part)),
          0,
        );
  const { version: _, interactions: __, ...counted } = figures;
  const withoutRatio = agentMetrics(figures).filter(({ name }) => name !== "wirespan_loss_ratio");
  assert.equal(withoutRatio.flatMap((metric) => metric.samples).length, numbers(counted));
});

test("the loss ratio is the ratio of dropped to received frames", () => {
  const figures = {
    kernelReceived: 200,
    kernelDrops: 50,
    longestDispatchMillis: 250,
    packets: 150,
    tables: {},
    dnsMemo: { hits: 0, misses: 0 },
    facts: {},
    handshakes: {},
    ignored: {},
    factsIgnored: {},
    outcomes: {},
    evicted: {},
    sensor: { starts: 1, lost: {} },
    events: null,
    api: null,
    agents: {},
    pairs: {},
    rollout: { connections: {}, edges: {} },
    unresolved: 0,
  };
  const metrics = agentMetrics(figures as unknown as Parameters<typeof agentMetrics>[0]);
  const valueIn = (name: string) => metrics.find((metric) => metric.name === name)?.samples[0]?.value;
  assert.equal(valueIn("wirespan_loss_ratio"), 0.25);
  const nothing = { ...figures, kernelReceived: 0, kernelDrops: 0 };
  const [ratio] = agentMetrics(nothing as unknown as Parameters<typeof agentMetrics>[0]).filter(
    ({ name }) => name === "wirespan_loss_ratio",
  );
  assert.equal(ratio?.samples[0]?.value, 0, "before any packet has come");
  assert.equal(valueIn("wirespan_longest_dispatch_seconds"), 0.25);
});

test("an exited sensor and an unlisted kind make the agent unready, with reasons; it stays live", BOUND, async (t) => {
  const watches = [
    { kind: "pods", isSynced: true, isForbidden: false, problem: "the connection is refused" },
    { kind: "services", isSynced: false, isForbidden: false, problem: "the right to list services is missing" },
  ];
  const health = new AgentHealth({ version: "1", figures: () => null, watches: () => watches });
  t.after(() => health.close());
  const url = await health.listen(parseListenAddress("0"));
  health.capture("sensor exited (killed)");
  health.export("the connection is refused");
  const { status, text } = await get(`${url}/readyz`);
  assert.equal(status, 503);
  assert.deepEqual(text.split("\n"), [
    "not ready",
    "failed: sensor exited (killed)",
    "warning: not watching pods, using their last known state: the connection is refused",
    "failed: services are not listed yet: the right to list services is missing",
    "warning: the connection is refused",
    "",
  ]);
  assert.equal((await get(`${url}/livez`)).status, 200);
  const samples = parsePrometheusText((await get(`${url}/metrics`)).text);
  assert.equal(sampleOf(samples, "wirespan_cluster_watch_up", { kind: "pods" }), 0);
  assert.equal(sampleOf(samples, "wirespan_cluster_watch_synced", { kind: "pods" }), 1);
  assert.equal(sampleOf(samples, "wirespan_ready"), 0);
  assert.equal(sampleOf(samples, "wirespan_capturing"), 0);
  assert.equal(sampleOf(samples, "wirespan_exporting"), 0);
  health.export(null);
  health.capture(null);
  const better = parsePrometheusText((await get(`${url}/metrics`)).text);
  assert.deepEqual([sampleOf(better, "wirespan_capturing"), sampleOf(better, "wirespan_exporting")], [1, 1]);
});

test("a permanently refused kind does not make the agent unready, a late one does", () => {
  const known = { kind: "pods", isSynced: true, isForbidden: false, problem: null };
  const refused = { kind: "jobs", isSynced: false, isForbidden: true, problem: "the right to list jobs is missing" };
  const late = { kind: "services", isSynced: false, isForbidden: false, problem: null };
  const healthWith = (...watches: (typeof refused | typeof known)[]) => {
    const health = new AgentHealth({ version: "1", figures: () => null, watches: () => watches });
    health.capture(null);
    return health.readiness();
  };
  assert.deepEqual([healthWith(known).isReady, healthWith(known, refused).isReady], [true, true]);
  assert.equal(healthWith(known, refused, late).isReady, false);
  const { lines } = healthWith(known, refused, late);
  assert.ok(lines.includes("ok: watching pods"), lines.join("\n"));
  assert.ok(lines.includes("warning: cannot list jobs: the right to list jobs is missing"), lines.join("\n"));
  assert.ok(lines.includes("failed: services are not listed yet"), lines.join("\n"));
});

test("text from peers appears in /readyz with visible control characters, each on one line", BOUND, async (t) => {
  const problem = "\u001b[31mred\u009b\u202e\nok: all is well";
  const watch = { kind: "pods", isSynced: false, isForbidden: true, problem };
  const health = new AgentHealth({ version: "1", figures: () => null, watches: () => [watch] });
  t.after(() => health.close());
  const url = await health.listen(parseListenAddress("0"));
  health.capture(problem);
  health.export(problem);
  const { text } = await get(`${url}/readyz`);
  const shown = "\\u{1b}[31mred\\u{9b}\\u{202e} ok: all is well";
  assert.equal(text, `not ready\nfailed: ${shown}\nwarning: cannot list pods: ${shown}\nwarning: ${shown}\n`);
});

test("an agent reports that it sends nothing, and that it listens at every address", BOUND, async (t) => {
  const html = join(temporaryFolder(t), "map.html");
  const quiet = await runningAgent(t, {}, ["--listen", ":0", "-o", html]);
  assert.match(
    quiet.stderr(),
    /health and metrics at http:\/\/localhost:\d+ \(and at every other address of this machine\)\n/,
  );
  assert.match((await get(`${quiet.url}/readyz`)).text, /^ok: not sending span pairs$/m);
  assert.equal(existsSync(html), false, "an empty map would pass for one");
  await quiet.stop();
  assert.match(quiet.stderr(), new RegExp(`the html is written to ${html} every 5 s until Ctrl-C or SIGTERM\n`));
  assert.match(quiet.stderr(), new RegExp(`wrote \\d+ interactions? of \\d+ packets? to ${html}\n`));
  assert.match(readFileSync(html, "utf8"), /<\/html>/);

  const disabled = await runningAgent(t, { OTEL_SDK_DISABLED: "true" });
  assert.doesNotMatch(disabled.stderr(), /every other address/);
  assert.match((await get(`${disabled.url}/readyz`)).text, /^ok: not sending span pairs$/m);
  await disabled.stop();
});

/** A client that has sent this much of a request, and goes no further. */
async function stuckClient(t: TestContext, url: string, sent: string): Promise<Socket> {
  const { port, hostname } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname });
  // The server may end it at any time.
  socket.on("error", () => {});
  t.after(() => socket.destroy());
  await once(socket, "connect");
  socket.write(sent);
  return socket;
}

async function livezMillis(url: string): Promise<number> {
  const from = performance.now();
  const response = await fetch(`${url}/livez`, { signal: AbortSignal.timeout(10_000) });
  assert.equal(response.status, 200);
  await response.text();
  return performance.now() - from;
}

test("L5 a probe is answered within a second beside 200 half-open and 200 idle clients", BOUND, async (t) => {
  const server = await startHealthServer(parseListenAddress("0"), {
    readiness: () => ({ isReady: true, lines: [] }),
    metrics: () => "",
  });
  t.after(() => server.close());
  const request = "GET /livez HTTP/1.1\r\nhost: here\r\n\r\n";
  for (let i = 0; i < 200; i++) {
    await stuckClient(t, server.url, "GET /livez HTTP/1.1\r\nx: ");
    await stuckClient(t, server.url, i % 2 === 0 ? "" : request);
    if (i % 50 === 49) assert.ok((await livezMillis(server.url)) < 1_000);
  }
});

test("a client that stops within a request is disconnected after seconds", BOUND, async (t) => {
  const server = await startHealthServer(parseListenAddress("0"), {
    readiness: () => ({ isReady: true, lines: [] }),
    metrics: () => "",
  });
  t.after(() => server.close());
  const from = performance.now();
  const socket = await stuckClient(t, server.url, "GET /livez HTTP/1.1\r\nx: ");
  socket.resume();
  await once(socket, "close");
  assert.ok(performance.now() - from < 10_000);
});

test(
  "of pipelined requests one is served, and no responses stay in memory for a client that does not read them",
  BOUND,
  async (t) => {
    let served = 0;
    const metrics = () => {
      served++;
      return "x".repeat(10_000);
    };
    const server = await startHealthServer(parseListenAddress("0"), {
      readiness: () => ({ isReady: true, lines: [] }),
      metrics,
    });
    t.after(() => server.close());
    const clients = 3;
    const closed = Array.from({ length: clients }, async () => {
      const socket = await stuckClient(t, server.url, "GET /metrics HTTP/1.1\r\nhost: here\r\n\r\n".repeat(2_000));
      socket.resume();
      // Unread pipelined requests reset the connection, which is an error in some versions of Node.
      socket.on("error", () => {});
      if (!socket.destroyed) await new Promise((resolve) => socket.once("close", resolve));
    });
    await livezMillis(server.url);
    await Promise.all(closed);
    assert.equal(served, clients);
  },
);
