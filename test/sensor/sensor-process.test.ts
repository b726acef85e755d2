import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { setInterval } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { openCaptureFile } from "../../src/capture/capture-file.ts";
import { emptyPacket } from "../../src/capture/packet-source.ts";
import { type FactHandlers, FactReader } from "../../src/facts/fact-reader.ts";
import type { Connection } from "../../src/model/connection.ts";
import { CaptureError } from "../../src/model/errors.ts";
import { Sensor } from "../../src/sensor/sensor.ts";
import { startSensorProcess } from "../../src/sensor/sensor-process.ts";
import type { SensorRunCounters } from "../../src/sensor/sensor-supervisor.ts";
import { pcapFile } from "../capture/support/capture-bytes.ts";
import { temporaryFile } from "../capture/support/read-all.ts";
import { jsonLines } from "../support/json-lines.ts";
import { type NetworkNamespace, networkNamespace } from "../support/network-namespace.ts";
import { ethernet, ipv4, tcp } from "../support/packet-builder.ts";
import type { HostLine } from "./support/host-line.ts";
import type { BatchLine } from "./support/live-batches.ts";

const HOST = fileURLToPath(new URL("../support/sensor-host.js", import.meta.url));
const BATCHES = fileURLToPath(new URL("./support/live-batches.js", import.meta.url));
const TRAFFIC = fileURLToPath(new URL("../support/traffic.js", import.meta.url));

/** A sensor that runs in a namespace of the test's own, and what it says. */
function host(namespace: NetworkNamespace, options: object = {}) {
  const source = { type: "device", device: "any" };
  const process = namespace.start(HOST, JSON.stringify({ source, dnsPorts: [53], ...options }));
  return { process, until: jsonLines<HostLine>(process.stdout) };
}

function connect(namespace: NetworkNamespace, count: number): void {
  namespace.run(process.execPath, TRAFFIC, "127.0.0.1", "53", "0", "3000", String(count));
}

/**
 * How often the sensor ended a look at the ring with a batch after `first` and before `last`, and the time from one to the
 * other. On a busy machine `first` may be written late, but not after the look that follows: one interval may be missing.
 */
function looksBetween(first: BatchLine, last: BatchLine) {
  return {
    looks: last.batch - first.batch - (last.early - first.early),
    millis: last.atMillis - first.atMillis,
  };
}

async function gone(pid: number): Promise<void> {
  for await (const _ of setInterval(10)) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
  }
}

const BOUND = { timeout: 60_000 };

test("connections on the wire come out as facts, and the kernel's counters with them", BOUND, async (t) => {
  const namespace = networkNamespace(t);
  const { process: parent, until } = host(namespace);
  await until(({ type }) => type === "started");
  connect(namespace, 30);
  await until(({ outcomes }) => outcomes?.established === 30);
  const { sensor } = await until((said) => (said.sensor?.packets ?? 0) >= 60);
  assert.ok((sensor?.source.kernel.received ?? 0) >= 60);
  assert.equal(sensor?.source.kernel.dropped, 0);
  parent.stdin.end();
  const { counters } = await until(({ type }) => type === "stopped");
  assert.deepEqual(counters?.lost, { exited: 0, killed: 0, silent: 0, garbled: 0, refused: 0 });
});

const LOSSES: readonly [string, NodeJS.Signals, RegExp, keyof SensorRunCounters["lost"]][] = [
  ["killed", "SIGKILL", /^killed by SIGKILL$/, "killed"],
  ["crashed", "SIGSEGV", /^killed by SIGSEGV$/, "killed"],
  ["ended from outside", "SIGTERM", /^exit code 0$/, "exited"],
  ["stopped dead", "SIGSTOP", /^no heartbeat for 2 s$/, "silent"],
];
for (const [what, signal, expected, loss] of LOSSES) {
  test(`a sensor that is ${what} is restarted, with the reason, and continues`, BOUND, async (t) => {
    const namespace = networkNamespace(t);
    const { process: parent, until } = host(namespace, { heartbeatMillis: loss === "silent" ? 2_000 : 20_000 });
    const { pid = 0 } = await until(({ type }) => type === "started");
    process.kill(pid, signal);
    const { reason = "" } = await until(({ type }) => type === "lost");
    assert.match(reason, expected);
    const next = await until(({ type }) => type === "started");
    assert.notEqual(next.pid, pid);
    await gone(pid);
    connect(namespace, 10);
    await until(({ outcomes }) => outcomes?.established === 10);
    parent.stdin.end();
    const { counters } = await until(({ type }) => type === "stopped");
    assert.equal(counters?.starts, 2);
    assert.equal(counters?.lost[loss], 1);
    assert.match(counters?.lastReason ?? "", expected);
  });
}

test(
  "an attempt that a stopped sensor leaves open has not timed out: the next one sees how it goes on",
  BOUND,
  async (t) => {
    const namespace = networkNamespace(t);
    namespace.run("ip", "link", "add", "near0", "type", "veth", "peer", "name", "far0");
    for (const link of ["near0", "far0"]) namespace.run("ip", "link", "set", link, "up");
    namespace.run("ip", "address", "add", "192.0.2.1/24", "dev", "near0");
    namespace.run("ip", "neighbour", "add", "192.0.2.2", "lladdr", "02:00:00:00:00:02", "dev", "near0");
    const { process: parent, until } = host(namespace, { source: { type: "device", device: "near0" } });
    await until(({ type }) => type === "started");
    namespace.start("--eval", "require('node:net').connect(80, '192.0.2.2').on('error', () => {})");
    await until(({ outcomes }) => outcomes?.repeating === 1);
    parent.stdin.end();
    const { outcomes } = await until(({ type }) => type === "ended");
    assert.deepEqual(outcomes, { repeating: 1, unfinished: 1 });
  },
);

test("the sensor waits for an interface that is removed", BOUND, async (t) => {
  const namespace = networkNamespace(t);
  const add = (): void => {
    namespace.run("ip", "link", "add", "near0", "type", "veth", "peer", "name", "far0");
    for (const link of ["near0", "far0"]) namespace.run("ip", "link", "set", link, "up");
  };
  add();
  const { until } = host(namespace, { source: { type: "device", device: "near0" } });
  await until(({ type }) => type === "started");
  namespace.run("ip", "link", "delete", "near0");
  const first = await until(({ type }) => type === "lost");
  assert.match(first.reason ?? "", /the capture on near0 ended/);
  const second = await until(({ type }) => type === "lost");
  assert.match(second.reason ?? "", /interface does not exist/);
  // The longer it is away, the more rarely it is tried.
  assert.deepEqual([first.restartMillis, second.restartMillis], [200, 400]);
  add();
  await until(({ type }) => type === "started");
});

test("an interface is not set to promiscuous mode", BOUND, async (t) => {
  const namespace = networkNamespace(t);
  namespace.run("ip", "link", "add", "near0", "type", "veth", "peer", "name", "far0");
  for (const link of ["near0", "far0"]) namespace.run("ip", "link", "set", link, "up");
  const { until } = host(namespace, { source: { type: "device", device: "near0" } });
  await until(({ type }) => type === "started");
  assert.match(namespace.run("ip", "-details", "link", "show", "near0"), /promiscuity 0\b/);
});

test("it stops within two seconds during a flood", BOUND, async (t) => {
  const namespace = networkNamespace(t);
  const { process: parent, until } = host(namespace);
  await until(({ type }) => type === "started");
  const flood = namespace.start(TRAFFIC, "127.0.0.1", "53", "3000000");
  await until(({ sensor }) => (sensor?.packets ?? 0) > 20_000);
  parent.stdin.end();
  const { millis = Number.POSITIVE_INFINITY } = await until(({ type }) => type === "stopped");
  assert.ok(millis < 2_000, `${millis} ms`);
  assert.equal(flood.exitCode, null, "the flood was over before");
});

/** So many datagrams that a stopped sensor's ring has no room for all. */
const DATAGRAMS = 60_000;
const BIG_DATAGRAMS = `
  const [address] = process.argv.slice(1);
  const { createSocket } = require("node:dgram");
  // An address of this host has a receiver: no packet is refused.
  if (address === "127.0.0.1") createSocket("udp4").bind(53, address).unref();
  const socket = createSocket("udp4");
  const payload = Buffer.alloc(1400);
  let sent = 0;
  const send = () => socket.send(payload, 53, address, () => (++sent < ${DATAGRAMS} ? send() : socket.close()));
  send();`;

for (const { device, address, unpaired } of [
  { device: "near0", address: "10.9.9.2", unpaired: 0 },
  // The kernel counts a frame on loopback twice, and the last place in the ring may have one of two.
  { device: "any", address: "127.0.0.1", unpaired: 1 },
]) {
  test(`L2 losses on ${device} are counted: the reported loss is that of the frames`, BOUND, async (t) => {
    const namespace = networkNamespace(t);
    namespace.run("ip", "link", "add", "near0", "type", "veth", "peer", "name", "far0");
    for (const link of ["near0", "far0"]) namespace.run("ip", "link", "set", link, "up");
    namespace.run("ip", "address", "add", "10.9.9.1/24", "dev", "near0");
    namespace.run("ip", "neighbour", "replace", "10.9.9.2", "lladdr", "02:00:00:00:00:02", "dev", "near0");
    const { until } = host(namespace, { source: { type: "device", device }, heartbeatMillis: 50_000 });
    const { pid = 0 } = await until(({ type }) => type === "started");
    process.kill(pid, "SIGSTOP");
    namespace.run(process.execPath, "-e", BIG_DATAGRAMS, address);
    process.kill(pid, "SIGCONT");
    const { sensor } = await until(
      ({ sensor }) => sensor !== undefined && sensor.packets > 1_000 && sensor.source.kernel.left <= unpaired,
    );
    const packets = sensor?.packets ?? 0;
    const { received = 0, dropped = 0, left = 0 } = sensor?.source.kernel ?? {};
    assert.equal(received, packets + dropped + left);
    const lossRatio = (DATAGRAMS - packets) / DATAGRAMS;
    assert.ok(lossRatio > 0.1, `nothing was lost: ${packets} packets`);
    assert.ok(Math.abs(dropped / received - lossRatio) < 0.02, `${dropped / received}, and not ${lossRatio}`);
    if (device === "near0") assert.equal(received, DATAGRAMS);
  });
}

test("a sensor that ignores its stop request is killed within two seconds", BOUND, async (t) => {
  const { process: parent, until } = host(networkNamespace(t));
  const { pid = 0 } = await until(({ type }) => type === "started");
  process.kill(pid, "SIGSTOP");
  parent.stdin.end();
  const { millis = Number.POSITIVE_INFINITY } = await until(({ type }) => type === "stopped");
  assert.ok(millis < 2_000, `${millis} ms`);
  await gone(pid);
});

test("when its parent dies the sensor ends, on an idle link and in a flood", BOUND, async (t) => {
  const namespace = networkNamespace(t);
  for (const isFlooded of [false, true]) {
    const { process: parent, until } = host(namespace);
    const { pid = 0 } = await until(({ type }) => type === "started");
    if (isFlooded) {
      namespace.start(TRAFFIC, "127.0.0.1", "53", "3000000");
      await until(({ sensor }) => (sensor?.packets ?? 0) > 20_000);
    }
    parent.kill("SIGKILL");
    await gone(pid);
  }
});

test(
  "of the environment the sensor gets what loads programs, and nothing that gives access to something",
  BOUND,
  async (t) => {
    const secrets = {
      OTEL_EXPORTER_OTLP_HEADERS: "authorization=s3cret",
      KUBECONFIG: "/root/s3cret",
      AWS_SECRET_ACCESS_KEY: "s3cret",
    };
    Object.assign(process.env, secrets);
    t.after(() => {
      for (const name of Object.keys(secrets)) delete process.env[name];
    });
    const { until } = host(networkNamespace(t));
    const { pid } = await until(({ type }) => type === "started");
    const given = readFileSync(`/proc/${pid}/environ`, "utf8")
      .split("\0")
      .filter((variable) => variable !== "");
    assert.ok(given.some((variable) => variable.startsWith("PATH=")));
    for (const variable of given) {
      assert.match(variable, /^(PATH|LD_LIBRARY_PATH|LANG|NODE_OPTIONS|NODE_V8_COVERAGE|WIRESPAN_NATIVE_BINDING)=/);
      assert.doesNotMatch(variable, /s3cret/);
    }
  },
);

test("a sensor with invalid facts is stopped, with the reason, and restarted", BOUND, async (t) => {
  const script = `import { writeSync } from "node:fs";
    if (process.argv[1]?.endsWith("sensor-child.js")) writeSync(3, Buffer.alloc(64, 0xff));`;
  const before = process.env.NODE_OPTIONS;
  process.env.NODE_OPTIONS = `${before ?? ""} --import=data:text/javascript,${encodeURIComponent(script)}`;
  t.after(() => {
    if (before === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = before;
  });
  const { process: parent, until } = host(networkNamespace(t));
  const { reason } = await until(({ type }) => type === "lost");
  await until(({ type }) => type === "lost");
  parent.stdin.end();
  const { counters } = await until(({ type }) => type === "stopped");
  assert.ok((counters?.lost.garbled ?? 0) >= 2, reason);
  assert.equal(counters?.lost.killed, 0);
});

test("on an idle link time stays behind the frames that may still wait in the ring", BOUND, async (t) => {
  const { until } = host(networkNamespace(t));
  await until(({ type }) => type === "started");
  // What is read late is further behind, never less.
  for (let ticks = 0; ticks < 5; ticks++) {
    const { behindMillis = 0 } = await until((said) => said.behindMillis !== undefined);
    assert.ok(behindMillis >= 190, `${behindMillis} ms behind`);
  }
});

test("a batch wakes the agent for each look at the ring, and five times a second on an idle link", BOUND, async (t) => {
  const namespace = networkNamespace(t);
  const until = jsonLines<BatchLine>(namespace.start(BATCHES).stdout);
  const idle = looksBetween(await until(() => true), await until(({ batch }) => batch === 6));
  assert.ok(idle.millis >= (idle.looks - 1) * 195, `${idle.millis} ms for ${idle.looks} batches without packets`);
  const traffic = namespace.start(TRAFFIC, "127.0.0.1", "53", "0", "3000", "1000000");
  const busy = looksBetween(await until(() => true), await until(({ batch }) => batch === 46));
  traffic.kill();
  assert.ok(busy.millis >= (busy.looks - 1) * 48, `${busy.millis} ms for up to ${busy.looks} batches with packets`);
});

test("a clock that is set back on an idle link does not stop the heartbeat", BOUND, async (t) => {
  // Set back by an hour, one second after the sensor has begun to read it.
  const script =
    "const { now } = Date; let from; Date.now = () => { from ??= now(); const t = now(); return t - from > 1000 ? t - 3.6e6 : t; };";
  const before = process.env.NODE_OPTIONS;
  process.env.NODE_OPTIONS = `${before ?? ""} --import=data:text/javascript,${encodeURIComponent(script)}`;
  t.after(() => {
    if (before === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = before;
  });
  const { process: parent, until } = host(networkNamespace(t), { heartbeatMillis: 2_000 });
  let isBack = false;
  let ticks = 0;
  // The parent's clock is set back with the sensor's, or not yet: it is further behind than any delay, or ahead.
  const said = await until(({ type, timeMicros = 0 }) => {
    if (timeMicros > 0 && timeMicros < (Date.now() - 3e6) * 1_000) isBack = true;
    if (isBack && timeMicros > 0) ticks++;
    return type === "lost" || ticks > 30;
  });
  assert.equal(said.type, undefined, "the sensor was lost");
  parent.stdin.end();
  const { counters } = await until(({ type }) => type === "stopped");
  assert.deepEqual(counters?.lost, { exited: 0, killed: 0, silent: 0, garbled: 0, refused: 0 });
});

test(
  "the last counts of kernel and sensor are reported at the end, though it stops within the second",
  BOUND,
  async (t) => {
    const namespace = networkNamespace(t);
    const { process: parent, until } = host(namespace);
    let last: HostLine["sensor"];
    const keep = (said: HostLine): HostLine => {
      last = said.sensor ?? last;
      return said;
    };
    await until(({ type }) => type === "started");
    await until((said) => keep(said).sensor !== undefined);
    // The next counters come in a second, or at the end.
    connect(namespace, 10);
    await until((said) => keep(said).outcomes?.established === 10);
    parent.stdin.end();
    await until((said) => keep(said).type === "stopped");
    const { packets = 0, source } = last ?? {};
    assert.ok(packets >= 20, `${packets} packets`);
    assert.ok((source?.kernel.received ?? 0) >= packets, `${source?.kernel.received} received of ${packets}`);
  },
);

test("an unknown device fails at the start and is not retried", async () => {
  await assert.rejects(
    startSensorProcess({ source: { type: "device", device: "no-such-dev0" }, dnsPorts: [53] }, { facts, event() {} }),
    (error) => error instanceof CaptureError && /the interface does not exist/.test(error.message),
  );
});

test("a file through the sensor's process gives the facts that the sensor gives in process", async (t) => {
  const path = temporaryFile(t, handshakes(5_000));
  const [live, inProcess] = [[] as Connection[], [] as Connection[]];
  const sensor = await startSensorProcess(
    { source: { type: "file", path }, dnsPorts: [53] },
    { facts: { ...facts, connection: (fact) => live.push(fact) }, event() {} },
  );
  await sensor.ended;
  const reader = new FactReader({ ...facts, connection: (fact) => inProcess.push(fact) });
  const direct = new Sensor({ dnsPorts: [53] }, (batch) => reader.read(batch));
  const [source, packet] = [openCaptureFile(path), emptyPacket()];
  while (source.next(packet)) direct.packet(packet);
  source.close();
  direct.finish();
  assert.equal(live.length, 5_000);
  assert.deepEqual(live, inProcess);
});

test("a file that cannot be read is one sentence", async () => {
  await assert.rejects(
    startSensorProcess({ source: { type: "file", path: "/no/such.pcap" }, dnsPorts: [53] }, { facts, event() {} }),
    (error) => error instanceof CaptureError && /\/no\/such\.pcap/.test(error.message),
  );
});

const facts: FactHandlers = { connection() {}, lookup() {}, time() {}, counters() {} };

function handshakes(count: number): Uint8Array {
  const ends = { source: "10.42.1.15", destination: "10.42.2.23" };
  const back = { source: ends.destination, destination: ends.source };
  const packets = Array.from({ length: count }, (_, i) => {
    const [client, server] = [1_024 + i, 3_000];
    const syn = tcp({ sourcePort: client, destinationPort: server, flags: 2, sequence: i });
    const answer = { sourcePort: server, destinationPort: client, flags: 18, sequence: 7, acknowledgement: i + 1 };
    return [ethernet(ipv4(ends, syn)), ethernet(ipv4(back, tcp(answer)))].map((bytes, k) => ({
      seconds: 1_795_417_363 + Math.floor(i / 1_000),
      fraction: (i % 1_000) * 1_000 + k * 250,
      bytes,
    }));
  });
  return pcapFile(packets.flat());
}
