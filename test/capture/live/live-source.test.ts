import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readThroughLibpcap, startLiveCapture } from "../../../src/capture/live/live-source.ts";
import { PcapSession } from "../../../src/capture/live/pcap-session.ts";
import { CaptureError } from "../../../src/model/errors.ts";
import { jsonLines } from "../../support/json-lines.ts";
import { networkNamespace } from "../../support/network-namespace.ts";
import { pcapFile } from "../support/capture-bytes.ts";
import { readFile, temporaryFile } from "../support/read-all.ts";

const CHILD = fileURLToPath(new URL("./support/live-child.js", import.meta.url));
const TRAFFIC = fileURLToPath(new URL("../../support/traffic.js", import.meta.url));

interface ChildEvent {
  readonly linkType?: number;
  readonly packets?: number;
  readonly reads?: number;
  readonly failed?: string;
  readonly refused?: string;
  readonly kernel?: { readonly received: number; readonly dropped: number; readonly left: number };
  readonly cpuMillis?: number;
}

const ignore = { packet() {}, drained() {}, failed() {} };

const BOUND = { timeout: 20_000 };

test("the device any delivers each datagram and handshake once, over IPv4 and IPv6", BOUND, async (t) => {
  const namespace = networkNamespace(t);
  const child = namespace.start(CHILD, "any");
  const until = jsonLines<ChildEvent>(child.stdout);
  assert.equal((await until((event) => event.linkType !== undefined)).linkType, 113);
  namespace.run(process.execPath, TRAFFIC, "127.0.0.1", "53", "200", "3000", "40");
  namespace.run(process.execPath, TRAFFIC, "::1", "53", "30", "3000", "10");
  namespace.run(process.execPath, TRAFFIC, "127.0.0.1", "9999", "500", "3000", "0");
  // SYN and SYN-ACK of each connection; the datagrams to the other port do not pass.
  const expected = 200 + 2 * 40 + 30 + 2 * 10;
  await until(({ packets = 0 }) => packets >= expected);
  child.stdin.end();
  const { packets, kernel } = await until((event) => event.kernel !== undefined);
  assert.equal(packets, expected);
  assert.deepEqual(kernel, { received: expected, dropped: 0, left: 0, interfaceDropped: 0 });
});

for (const { name, slowMillis, drainMillis } of [
  { name: "a slow handler leaves frames and counts them", slowMillis: 20, drainMillis: 300 },
  { name: "a fast handler receives all frames", slowMillis: 0.1, drainMillis: 10_000 },
]) {
  test(`after a drain, received is the sum of delivered, dropped and left: ${name}`, BOUND, async (t) => {
    const namespace = networkNamespace(t);
    namespace.run("ip", "link", "add", "near0", "type", "veth", "peer", "name", "far0");
    for (const link of ["near0", "far0"]) namespace.run("ip", "link", "set", link, "up");
    namespace.run("ip", "address", "add", "10.9.9.1/24", "dev", "near0");
    namespace.run("ip", "neighbour", "replace", "10.9.9.2", "lladdr", "02:00:00:00:00:02", "dev", "near0");
    const child = namespace.start(CHILD, "near0", String(slowMillis), "50", String(drainMillis));
    const until = jsonLines<ChildEvent>(child.stdout);
    await until((event) => event.linkType !== undefined);
    namespace.start(TRAFFIC, "10.9.9.2", "53", "3000");
    const { packets = 0, kernel } = await until((event) => event.kernel !== undefined);
    const { received = 0, dropped = 0, left = 0 } = kernel ?? {};
    assert.equal(received, packets + dropped + left);
    assert.ok(packets >= 50 && received <= 3_000, `${packets} of ${received}`);
    if (drainMillis > 1_000) assert.equal(left, 0);
    else assert.ok(left > 100 && packets < 100, `${left} left of ${received}`);
  });
}

test("an idle link costs little CPU time", BOUND, async (t) => {
  const child = networkNamespace(t).start(CHILD, "any");
  const until = jsonLines<ChildEvent>(child.stdout);
  const { cpuMillis: before = 0 } = await until(({ reads = 0 }) => reads === 50);
  const { cpuMillis: after = 0 } = await until(({ reads = 0 }) => reads === 150);
  child.stdin.end();
  const { packets } = await until((event) => event.kernel !== undefined);
  assert.equal(packets, 0);
  assert.ok(after - before < 200, `${after - before} ms of CPU time for 100 reads of the ring`);
});

test("a capture survives an interface that goes down and up, and ends when it is deleted", BOUND, async (t) => {
  const namespace = networkNamespace(t);
  namespace.run("ip", "link", "add", "near0", "type", "veth", "peer", "name", "far0");
  const setUp = (): void => {
    for (const link of ["near0", "far0"]) namespace.run("ip", "link", "set", link, "up");
    namespace.run("ip", "address", "replace", "10.9.9.1/24", "dev", "near0");
    namespace.run("ip", "neighbour", "replace", "10.9.9.2", "lladdr", "02:00:00:00:00:02", "dev", "near0");
  };
  const send = (): string => namespace.run(process.execPath, TRAFFIC, "10.9.9.2", "53", "20");
  setUp();
  const child = namespace.start(CHILD, "near0");
  const until = jsonLines<ChildEvent>(child.stdout);
  assert.equal((await until((event) => event.linkType !== undefined)).linkType, 1);
  send();
  await until(({ packets }) => packets === 20);
  namespace.run("ip", "link", "set", "near0", "down");
  setUp();
  send();
  await until(({ packets }) => packets === 40);
  namespace.run("ip", "link", "delete", "near0");
  const { failed } = await until((event) => event.failed !== undefined);
  assert.match(failed ?? "", /the capture on near0 ended because .* --device/);
  // Counters are still available after the end.
  assert.equal((await until((event) => event.kernel !== undefined)).packets, 40);
});

test("an unknown device is reported in one sentence", () => {
  assert.throws(
    () => startLiveCapture({ device: "no-such-dev0", filter: "" }, ignore),
    (error) =>
      error instanceof CaptureError && /no-such-dev0: the interface does not exist.*--device any/.test(error.message),
  );
});

test("a missing capability is reported in one sentence", () => {
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(65534);
  try {
    assert.throws(
      () => startLiveCapture({ device: "any", filter: "" }, ignore),
      (error) => error instanceof CaptureError && /CAP_NET_RAW is missing; run as root/.test(error.message),
    );
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
});

test("an error of the handler ends the capture and is rethrown", (t) => {
  const bytes = Buffer.alloc(60);
  const file = pcapFile([1, 2, 3].map((seconds) => ({ seconds, fraction: 0, bytes })));
  let packets = 0;
  const read = (): void =>
    readThroughLibpcap(temporaryFile(t, file), "", () => {
      packets++;
      throw new Error("enough");
    });
  assert.throws(read, /enough/);
  assert.equal(packets, 1);
});

test("a session can be closed from its handler, twice, and dispatched after that", (t) => {
  const bytes = Buffer.alloc(60);
  const file = pcapFile([1, 2, 3].map((seconds) => ({ seconds, fraction: 0, bytes })));
  let packets = 0;
  const session = new PcapSession("offline", temporaryFile(t, file), "", () => {
    packets++;
    session.close();
    session.close();
  });
  assert.equal(session.dispatch(), "closed");
  assert.equal(session.dispatch(), "closed");
  session.close();
  assert.equal(packets, 1);
  assert.deepEqual(session.counters(), { received: 1, dropped: 0, left: 0, interfaceDropped: 0 });
});

test("libpcap and the file reader return the same packets", (t) => {
  const packets = [0, 60, 1_500].map((size, i) => ({ seconds: i, fraction: 7, bytes: Buffer.alloc(size, i + 1) }));
  const path = temporaryFile(t, pcapFile(packets, { linkType: 276 }));
  const read: object[] = [];
  readThroughLibpcap(path, "", ({ bytes, offset, captureLength, length, timeMicros, linkType }) => {
    const hex = Buffer.from(bytes.subarray(offset, offset + captureLength)).toString("hex");
    read.push({ timeMicros, length, linkType, hex });
  });
  assert.deepEqual(read, readFile(path).packets);
});

test("an error of libpcap is a CaptureError", (t) => {
  const cut = pcapFile([{ seconds: 1, fraction: 0, bytes: Buffer.alloc(60) }]).subarray(0, 60);
  for (const path of ["/no/such/file", temporaryFile(t, Buffer.from("text")), temporaryFile(t, cut)]) {
    assert.throws(() => readThroughLibpcap(path, "", () => {}), CaptureError);
  }
});
