import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createConnection, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { setInterval } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { FactWriter } from "../../src/facts/fact-writer.ts";
import { STREAM_VERSION } from "../../src/facts/record-layout.ts";
import { CLI } from "../support/cli/wirespan.ts";
import { jsonLines } from "../support/json-lines.ts";
import { type NetworkNamespace, networkNamespace } from "../support/network-namespace.ts";
import type { HostLine } from "./support/host-line.ts";

const HOST = fileURLToPath(new URL("../support/sensor-host.js", import.meta.url));
const TRAFFIC = fileURLToPath(new URL("../support/traffic.js", import.meta.url));
const BOUND = { timeout: 60_000 };

function socketPath(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "wirespan-socket-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, "sensor.sock");
}

/** `wirespan sensor` in the namespace, and the next line of its standard error that contains a text. */
function startSensor(namespace: NetworkNamespace, path: string, ...options: string[]) {
  const process = namespace.start(CLI, "sensor", "--socket", path, ...options);
  let text = "";
  const waiting = new Set<() => void>();
  process.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    for (const look of waiting) look();
  });
  const says = (part: string | RegExp): Promise<string> =>
    new Promise((resolve) => {
      const look = (): void => {
        const lines = text.split("\n");
        const index = lines.slice(0, -1).findIndex((line) => line.match(part));
        if (index < 0) return;
        waiting.delete(look);
        text = lines.slice(index + 1).join("\n");
        resolve(lines[index] ?? "");
      };
      waiting.add(look);
      look();
    });
  return { process, says };
}

/** The agent's end of the socket, in a process of its own. */
function startAgent(namespace: NetworkNamespace, path: string, options: object = {}) {
  const process = namespace.start(HOST, JSON.stringify({ path, dnsPorts: [53], ...options }));
  return { process, until: jsonLines<HostLine>(process.stdout) };
}

function connect(namespace: NetworkNamespace, count: number): void {
  namespace.run(process.execPath, TRAFFIC, "127.0.0.1", "53", "0", "3000", String(count));
}

test(
  "connections on the wire reach the agent through the socket, and the kernel's counters with them",
  BOUND,
  async (t) => {
    const namespace = networkNamespace(t);
    const path = socketPath(t);
    const sensor = startSensor(namespace, path);
    await sensor.says("capturing on any");
    assert.equal(statSync(path).mode & 0o777, 0o660);
    const agent = startAgent(namespace, path);
    await agent.until(({ type }) => type === "started");
    connect(namespace, 30);
    await agent.until(({ outcomes }) => outcomes?.established === 30);
    const { sensor: figures } = await agent.until((line) => (line.sensor?.packets ?? 0) >= 60);
    assert.equal(figures?.source.kernel.dropped, 0);
    agent.process.stdin.end();
    const { counters } = await agent.until(({ type }) => type === "stopped");
    assert.deepEqual(counters?.lost, { exited: 0, killed: 0, silent: 0, garbled: 0, refused: 0 });
    assert.equal(counters?.cutShort, null);
    sensor.process.kill("SIGTERM");
    assert.deepEqual(await once(sensor.process, "exit"), [0, null]);
    assert.equal(existsSync(path), false, "the socket is removed");
  },
);

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  test(`connections between two agents wait in the ring (the first ends with ${signal})`, BOUND, async (t) => {
    const namespace = networkNamespace(t);
    const path = socketPath(t);
    const sensor = startSensor(namespace, path);
    const first = startAgent(namespace, path);
    await first.until(({ type }) => type === "started");
    connect(namespace, 10);
    await first.until(({ outcomes }) => outcomes?.established === 10);
    if (signal === "SIGTERM") first.process.stdin.end();
    else first.process.kill(signal);
    await sensor.says("agent disconnected");
    connect(namespace, 7);
    const second = startAgent(namespace, path);
    await second.until(({ type }) => type === "started");
    connect(namespace, 5);
    // Counted by the second agent from zero: those of the first one do not come again.
    await second.until(({ outcomes }) => outcomes?.established === 12);
    second.process.stdin.end();
    const { outcomes } = await second.until((line) => line.type === "ended");
    assert.equal(outcomes?.established, 12);
  });
}

test(
  "an agent that waits for its sensor says where it looks, and connects when the sensor listens",
  BOUND,
  async (t) => {
    const namespace = networkNamespace(t);
    const path = socketPath(t);
    const agent = startAgent(namespace, path);
    const { reason = "" } = await agent.until(({ type }) => type === "lost");
    assert.match(
      reason,
      /^no sensor at \/.*sensor\.sock \(ENOENT\); start wirespan sensor --socket with the same path, or see in its log why it ended$/,
    );
    startSensor(namespace, path);
    await agent.until(({ type }) => type === "started");
    connect(namespace, 3);
    await agent.until(({ outcomes }) => outcomes?.established === 3);
    agent.process.stdin.end();
    const { counters } = await agent.until(({ type }) => type === "stopped");
    // Waiting for a sensor is no loss.
    assert.equal(counters?.starts, 1);
    assert.deepEqual(counters?.lost, { exited: 0, killed: 0, silent: 0, garbled: 0, refused: 0 });
  },
);

test(
  "a killed sensor is waited for, its stale socket is replaced, and its successor's counters begin anew",
  BOUND,
  async (t) => {
    const namespace = networkNamespace(t);
    const path = socketPath(t);
    const first = startSensor(namespace, path);
    const agent = startAgent(namespace, path);
    await agent.until(({ type }) => type === "started");
    first.process.kill("SIGKILL");
    const { reason } = await agent.until(({ type }) => type === "lost");
    assert.equal(reason, "the sensor closed its socket");
    assert.ok(existsSync(path));
    startSensor(namespace, path);
    const started = await agent.until(({ type }) => type === "started");
    assert.equal(started.hasSameCounters, false);
    connect(namespace, 4);
    await agent.until(({ outcomes }) => outcomes?.established === 4);
  },
);

test("an agent that reads nothing is disconnected; it reconnects, and the counters continue", BOUND, async (t) => {
  const namespace = networkNamespace(t);
  const path = socketPath(t);
  const sensor = startSensor(namespace, path);
  const agent = startAgent(namespace, path, { heartbeatMillis: 20_000 });
  await agent.until(({ type }) => type === "started");
  agent.process.kill("SIGSTOP");
  // Enough facts to fill the socket's buffers.
  connect(namespace, 4_000);
  assert.match(await sensor.says("agent disconnected"), /the reader read nothing for 5 s; facts sent last may be lost/);
  agent.process.kill("SIGCONT");
  await agent.until(({ type }) => type === "lost");
  const started = await agent.until(({ type }) => type === "started");
  assert.equal(started.hasSameCounters, true);
  const { sensor: figures } = await agent.until((line) => line.sensor !== undefined);
  assert.ok((figures?.packets ?? 0) > 1_000);
  // The next capture is read, although the agent may have connected before it was open.
  connect(namespace, 3);
  await agent.until((line) => (line.sensor?.packets ?? 0) > (figures?.packets ?? 0));
});

test("a second agent is refused while the first one is served", BOUND, async (t) => {
  const namespace = networkNamespace(t);
  const path = socketPath(t);
  startSensor(namespace, path);
  const first = startAgent(namespace, path);
  await first.until(({ type }) => type === "started");
  const other = startAgent(namespace, path);
  const { reason } = await other.until(({ type }) => type === "lost");
  assert.equal(reason, "the sensor serves another agent; start a sensor for each agent");
  connect(namespace, 2);
  await first.until(({ outcomes }) => outcomes?.established === 2);
  first.process.kill("SIGKILL");
  await other.until(({ type }) => type === "started");
});

/** A program at the socket that is no sensor, or none of ours. */
async function stranger(t: TestContext, answer: (socket: Socket) => void): Promise<string> {
  const path = socketPath(t);
  const server = createServer((socket) => {
    socket.on("error", () => {});
    answer(socket);
  });
  server.listen(path);
  await once(server, "listening");
  t.after(() => server.close());
  return path;
}

function hello(hello: object): Buffer {
  let bytes = Buffer.alloc(0);
  new FactWriter((batch) => {
    bytes = Buffer.from(batch);
  }).begin(hello);
  return bytes;
}

const good = { wirespan: "9.9.9", sensor: "s", device: "any", dnsPorts: [53], isBusy: false };
const other = hello(good);
// The stream's version stands behind the record's header.
other.writeInt32LE(STREAM_VERSION + 1, 8);

const STRANGERS: readonly [string, (socket: Socket) => void, RegExp][] = [
  ["sends garbage", (socket) => socket.write(Buffer.alloc(64, 0xff)), /^a record of -1 bytes in the sensor's stream$/],
  [
    "begins twice",
    (socket) => socket.write(Buffer.concat([hello(good), hello({ ...good, sensor: "t" })])),
    /^two first records in the sensor's stream$/,
  ],
  [
    "has no texts in its first record",
    (socket) => socket.write(hello({ ...good, dnsPorts: [{ toString: 1, valueOf: 1 }] })),
    /has no DNS ports/,
  ],
  [
    "does not begin with its version",
    (socket) => socket.write(hello(good).fill(4, 0, 1).subarray(0, 16).fill(16, 4, 5)),
    /does not begin with its version/,
  ],
  [
    "is of another version",
    (socket) => socket.write(other),
    /^the sensor is wirespan 9\.9\.9 with stream version \d+, this agent is wirespan .* run both from the same image$/,
  ],
  [
    "decodes other ports",
    (socket) => socket.write(hello({ ...good, dnsPorts: [53, 5353] })),
    /port 53, 5353, this agent expects port 53; pass the same --dns-port to both$/,
  ],
  ["says nothing", () => {}, /^no heartbeat for 0\.5 s$/],
  ["closes at once", (socket) => socket.end(), /^no sensor at .* \(the stream ended\)/],
];
for (const [what, answer, expected] of STRANGERS) {
  test(`a program at the socket that ${what} is disconnected with the reason, and tried again`, BOUND, async (t) => {
    const path = await stranger(t, answer);
    const agent = startAgent(networkNamespace(t), path, { heartbeatMillis: 500 });
    for (const _ of [1, 2]) {
      const { reason = "" } = await agent.until(({ type }) => type === "lost");
      assert.match(reason, expected);
    }
    agent.process.stdin.end();
    const { millis = Number.POSITIVE_INFINITY } = await agent.until(({ type }) => type === "stopped");
    assert.ok(millis < 2_000, `${millis} ms`);
  });
}

test("a path that cannot be listened on is one sentence", BOUND, async (t) => {
  const namespace = networkNamespace(t);
  const path = socketPath(t);
  const refused = async (socket: string, sentence: RegExp): Promise<void> => {
    const sensor = startSensor(namespace, socket);
    assert.match(await sensor.says(/./), sentence);
    assert.deepEqual(await once(sensor.process, "exit"), [2, null]);
  };
  writeFileSync(path, "");
  await refused(path, /exists and is not a socket; choose another path/);
  await refused(`${path}.d/s`, /cannot listen at --socket .*its directory must exist and be writable/);
  await refused(`/${"x".repeat(120)}`, /longer than the 107 bytes/);
  rmSync(path);
  startSensor(namespace, path);
  const agent = startAgent(namespace, path);
  await agent.until(({ type }) => type === "started");
  await refused(path, /another process listens on --socket/);
});

test(
  "during a flood the sensor detects the end of the agent within two seconds, and serves the next agent",
  BOUND,
  async (t) => {
    const namespace = networkNamespace(t);
    const path = socketPath(t);
    startSensor(namespace, path);
    const agent = startAgent(namespace, path);
    await agent.until(({ type }) => type === "started");
    const flood = namespace.start(TRAFFIC, "127.0.0.1", "53", "3000000");
    await agent.until(({ sensor }) => (sensor?.packets ?? 0) > 20_000);
    agent.process.stdin.end();
    const { millis = Number.POSITIVE_INFINITY } = await agent.until(({ type }) => type === "stopped");
    assert.ok(millis < 2_000, `${millis} ms`);
    const next = startAgent(namespace, path);
    const { sensor } = await next.until((line) => (line.sensor?.packets ?? 0) > 40_000);
    assert.equal(flood.exitCode, null, "the flood was over before");
    const { received = 0, dropped = 0, left = 0 } = sensor?.source.kernel ?? {};
    assert.equal(received, (sensor?.packets ?? 0) + dropped + left);
  },
);

/** Open descriptors of a process, and its mapped capture rings. */
function held(pid = 0): { descriptors: number; rings: number } {
  const rings = readFileSync(`/proc/${pid}/maps`, "utf8").match(/socket:/g) ?? [];
  return { descriptors: readdirSync(`/proc/${pid}/fd`).length, rings: rings.length };
}

test(
  "agents that come and go leave neither descriptors nor rings behind, on an idle link and under load",
  BOUND,
  async (t) => {
    const namespace = networkNamespace(t);
    const path = socketPath(t);
    const sensor = startSensor(namespace, path);
    await sensor.says("capturing on any");
    const before = held(sensor.process.pid);
    for (const hasTraffic of [false, true]) {
      if (hasTraffic) namespace.start(TRAFFIC, "127.0.0.1", "53", "0", "3000", "3000");
      for (let i = 0; i < 8; i++) {
        const socket = createConnection({ path, allowHalfOpen: true });
        await once(socket, "data");
        if (i % 2 === 0) socket.end().resume();
        else socket.destroy();
        assert.match(await sensor.says("agent disconnected"), i % 2 === 0 ? /disconnected$/ : /may be lost$/);
      }
      // A stranger that talks while an agent is served.
      const agent = startAgent(namespace, path);
      await agent.until(({ type }) => type === "started");
      const strangers = Array.from({ length: 20 }, () => createConnection({ path }));
      for (const stranger of strangers)
        stranger
          .on("error", () => {})
          .resume()
          .end(Buffer.alloc(1_000));
      await Promise.all(strangers.map((stranger) => new Promise((resolve) => stranger.once("close", resolve))));
      agent.process.stdin.end();
      await agent.until(({ type }) => type === "stopped");
      await sensor.says("agent disconnected");
    }
    // The sensor serves again, so it has its capture open.
    await startAgent(namespace, path).until(({ type }) => type === "started");
    const after = held(sensor.process.pid);
    assert.equal(after.rings, before.rings);
    assert.ok(
      after.descriptors <= before.descriptors + 1,
      `${after.descriptors} descriptors, ${before.descriptors} before`,
    );
  },
);

test("a sensor that was held up while its agent was replaced serves the new one", BOUND, async (t) => {
  const namespace = networkNamespace(t);
  const path = socketPath(t);
  const sensor = startSensor(namespace, path);
  for (let round = 0; round < 3; round++) {
    const first = startAgent(namespace, path);
    await first.until(({ type }) => type === "started");
    sensor.process.kill("SIGSTOP");
    connect(namespace, 20);
    first.process.kill("SIGKILL");
    await once(first.process, "exit");
    const second = startAgent(namespace, path, { heartbeatMillis: 20_000 });
    // Its connection is in the backlog when the sensor goes on.
    await isConnected(namespace, path);
    sensor.process.kill("SIGCONT");
    await second.until(({ type }) => type === "started");
    connect(namespace, 5);
    await second.until(({ outcomes }) => (outcomes?.established ?? 0) >= 5);
    second.process.stdin.end();
    await second.until(({ type }) => type === "stopped");
    await sensor.says("agent disconnected$");
  }
  sensor.process.kill("SIGTERM");
  assert.deepEqual(await once(sensor.process, "exit"), [0, null]);
});

/** Resolves when a client waits to be accepted at the socket: it is in the table of sockets, with a peer. */
async function isConnected(namespace: NetworkNamespace, path: string): Promise<void> {
  for await (const _ of setInterval(20)) {
    // The server is bound to another name in the same folder.
    const lines = namespace.run("cat", "/proc/net/unix").split("\n");
    if (lines.filter((line) => line.includes(`${dirname(path)}/`)).length > 1) return;
  }
}
