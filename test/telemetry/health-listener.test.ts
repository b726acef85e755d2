// Addresses of health and metrics: several of them, a port that another program uses, a Unix socket of this agent alone.
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { AgentHealth } from "../../src/telemetry/agent-health.ts";
import { requestHealth } from "../../src/telemetry/health-client.ts";
import { parseListenAddress, parseListenAddresses } from "../../src/telemetry/listen-address.ts";
import { ended, start, temporaryFolder, wirespan } from "../support/cli/wirespan.ts";
import { until } from "../support/until.ts";

const BOUND = { timeout: 60_000 };

/** Another program on the node, which responds to every path with 200. */
async function stranger(t: TestContext): Promise<{ readonly port: number; end(): Promise<void> }> {
  const server = createServer((_, response) => response.end("hello\n")).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const end = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  t.after(end);
  return { port: (server.address() as AddressInfo).port, end };
}

async function text(url: string): Promise<string> {
  return (await fetch(url)).text();
}

test(
  "K5 if another program uses its health port, an agent reports that, captures, and serves its socket",
  BOUND,
  async (t) => {
    const { port } = await stranger(t);
    const socket = join(temporaryFolder(t), "health.sock");
    const listen = ["--listen", String(port), "--listen", `unix:${socket}`, "--listen", "0"];
    const child = start([
      "agent",
      "--device",
      "lo",
      "--no-kubernetes",
      "--format",
      "jsonl",
      "-o",
      "/dev/null",
      ...listen,
    ]);
    t.after(() => child.kill("SIGKILL"));
    const end = ended(child);
    await until("it is ready", async () => (await requestHealth(socket, "readyz", 1_000)).status === 200);
    const { text: metrics } = await requestHealth(socket, "metrics", 1_000);
    for (const line of [
      `wirespan_listening{address="${port}"} 0`,
      `wirespan_listening{address="unix:${socket}"} 1`,
      'wirespan_listening{address="0"} 1',
      "wirespan_capturing 1",
    ]) {
      assert.ok(metrics.includes(`${line}\n`), line);
    }
    const probe = (path: string) => wirespan(["probe", "--socket", socket, path]);
    assert.deepEqual(await probe("livez"), { code: 0, signal: null, stdout: "ok\n", stderr: "" });
    assert.match((await probe("readyz")).stdout, /^ready\nok: packets are captured\n/);
    child.kill("SIGTERM");
    const { code, stderr } = await end;
    assert.equal(code, 0, stderr);
    assert.ok(
      stderr.includes(
        `wirespan: health and metrics are not served at ${port}: another process uses that port; end it (ss -ltnp shows it), or choose another port; retrying every 10 s\n`,
      ),
      stderr,
    );
    assert.ok(stderr.includes(`wirespan: health and metrics at unix:${socket}\n`), stderr);
    assert.ok(!existsSync(socket));
  },
);

test("the port is used as soon as the other program has exited", BOUND, async (t) => {
  const other = await stranger(t);
  const health = new AgentHealth({ version: "1", figures: () => null, watches: () => null });
  t.after(() => health.close());
  const reports: string[] = [];
  assert.equal(await health.listen(parseListenAddress(String(other.port)), (report) => reports.push(report), 20), null);
  await other.end();
  await until("it is served", async () => reports.length === 2);
  assert.equal(reports[1], `health and metrics at http://127.0.0.1:${other.port}`);
  assert.match(await text(`http://127.0.0.1:${other.port}/metrics`), /^wirespan_listening\{address="\d+"\} 1$/m);
});

test("the socket file of a killed agent is replaced; that of a running agent is not", BOUND, async (t) => {
  const socket = join(temporaryFolder(t), "health.sock");
  const args = [
    "agent",
    "--device",
    "lo",
    "--no-kubernetes",
    "--format",
    "jsonl",
    "-o",
    "/dev/null",
    "--listen",
    `unix:${socket}`,
  ];
  const isReady = async () => (await requestHealth(socket, "readyz", 1_000)).status === 200;
  const first = start(args);
  t.after(() => first.kill("SIGKILL"));
  await until("the first is ready", isReady);
  const refused = await wirespan(args);
  assert.equal(refused.code, 2);
  assert.equal(
    refused.stderr,
    `wirespan: another process listens on --listen unix:${socket}; stop it, or choose another path\n`,
  );
  const killed = ended(first);
  first.kill("SIGKILL");
  await killed;
  assert.ok(existsSync(socket));
  const second = start(args);
  t.after(() => second.kill("SIGKILL"));
  await until("the second is ready", isReady);
});

test("an address at which it cannot listen is one sentence with a fix, and exit code 2", BOUND, async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, "file");
  writeFileSync(file, "");
  const cases: readonly (readonly [listen: string, sentence: RegExp])[] = [
    [`unix:${file}`, /--listen unix:.* exists and is not a socket; choose another path$/],
    [
      `unix:${join(folder, "none/a.sock")}`,
      /^wirespan: cannot listen at --listen \S+: \w+; its directory must exist and be writable$/,
    ],
    [`unix:${join(folder, "a".repeat(200))}`, /is longer than the 107 bytes of a socket's path; choose a shorter one$/],
    ["192.0.2.1:9464", /this machine does not have that address; pass one that ip address shows, or only the port$/],
  ];
  for (const [listen, sentence] of cases) {
    const { code, stderr } = await wirespan(["agent", "--device", "lo", "--listen", listen]);
    assert.equal(code, 2, stderr);
    assert.match(stderr.trimEnd(), sentence);
    assert.equal(stderr.split("\n").length, 2, stderr);
  }
});

test("a probe of an agent that is not ready, or missing, fails with the reason", BOUND, async (t) => {
  const socket = join(temporaryFolder(t), "health.sock");
  const absent = await wirespan(["probe", "--socket", socket]);
  const missing = `the agent does not answer at ${socket}: ENOENT; start it with --listen unix:${socket}\n`;
  assert.deepEqual([absent.code, absent.stdout], [1, missing]);
  const health = new AgentHealth({ version: "1", figures: () => null, watches: () => null });
  t.after(() => health.close());
  await health.listen(parseListenAddress(`unix:${socket}`));
  const early = await wirespan(["probe", "--socket", socket, "readyz"]);
  assert.equal(early.code, 1);
  assert.match(early.stdout, /^not ready\nfailed: the capture has not started yet\n/);
  assert.equal((await wirespan(["probe", "--socket", socket, "livez"])).code, 0);
  const wrong = await wirespan(["probe", "--socket", socket, "healthz"]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /Allowed choices are livez, readyz, metrics/);
});

for (const [first, second, sentence] of [
  ["9464", "9464", "--listen 9464 is passed twice; omit one"],
  [
    "9464",
    "127.0.0.1:9464",
    "--listen 9464 and --listen 127.0.0.1:9464 are the same port at the same address; leave one out",
  ],
  [
    ":9464",
    "10.0.0.1:9464",
    "--listen :9464 and --listen 10.0.0.1:9464 are the same port at the same address; leave one out",
  ],
  [
    "unix:/run/a",
    "unix:/run/../run/a",
    "--listen unix:/run/a and --listen unix:/run/../run/a are the same socket; leave one out",
  ],
  ["9464", "9465", null],
  ["0", "0", null],
  ["0.0.0.0:9464", "[::1]:9464", null],
  ["unix:/run/a", "unix:/run/b", null],
] as const) {
  test(`--listen ${first} and --listen ${second} are ${sentence === null ? "two addresses" : "refused"}`, () => {
    if (sentence === null) assert.equal(parseListenAddresses([first, second]).length, 2);
    else assert.throws(() => parseListenAddresses([first, second]), { name: "ConfigError", message: sentence });
  });
}
