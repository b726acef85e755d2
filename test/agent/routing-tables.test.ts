import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { ownRoutes } from "../../src/agent/own-routes.ts";
import { parseIpv4Routes, parseIpv6Routes } from "../../src/agent/routing-tables.ts";
import { networkNamespace } from "../support/network-namespace.ts";

const OWN_ROUTES = new URL("../../src/agent/own-routes.js", import.meta.url).href;

const HEADER = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT  \n";
const DEFAULT = "eth0\t00000000\t0100630A\t0003\t0\t0\t0\t00000000\t0\t0\t0   \n";
const OVERLAY = "flannel.1\t0002F40A\t0002F40A\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0   \n";
const ON_LINK = "eth0\t0000630A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0   \n";
const UNREACHABLE = "*\t0000010A\t00000000\t0201\t0\t0\t0\t0000FFFF\t0\t0\t0   \n";

test("of /proc/net/route the routes with a next hop count", () => {
  assert.deepEqual(parseIpv4Routes(HEADER + DEFAULT + UNREACHABLE + OVERLAY + ON_LINK, true), [
    { cidr: "0.0.0.0/0", gateway: "10.99.0.1" },
    { cidr: "10.244.2.0/24", gateway: "10.244.2.0" },
  ]);
  const bigEndian = "eth0\t0AF40200\t0AF40200\t0003\t0\t0\t0\tFFFFFF00\t0\t0\t0\n";
  assert.deepEqual(parseIpv4Routes(bigEndian, false), [{ cidr: "10.244.2.0/24", gateway: "10.244.2.0" }]);
});

const zeros = "0".repeat(32);
const range6 = "fd000010024400020000000000000000";

test("of /proc/net/ipv6_route the routes with a next hop count", () => {
  const rest = "00000400 00000001 00000000";
  const lines = [
    `${range6} 40 ${zeros} 00 ${range6} ${rest} 00000007 flannel-v6.1`,
    `fe800000000000000000000000000000 40 ${zeros} 00 ${zeros} ${rest} 00000001     eth0`,
    `${zeros} 00 ${zeros} 00 ${zeros} ${rest} 00200200       lo`,
    `${range6} 80 ${zeros} 00 ${zeros} ${rest} 80200001 flannel-v6.1`,
  ];
  assert.deepEqual(parseIpv6Routes(lines.map((line) => `${line}\n`).join("")), [
    { cidr: "fd00:10:244:2::/64", gateway: "fd00:10:244:2::" },
  ]);
});

test("what is cut, empty or no route is no route", () => {
  const texts = [
    "",
    HEADER,
    OVERLAY.trimEnd(),
    OVERLAY.slice(0, 30),
    "a b c\n",
    "x\tzz\tzz\t0003\t0\t0\t0\tzz\t0\n",
    "\n\n",
  ];
  for (const text of texts) assert.deepEqual([parseIpv4Routes(text, true), parseIpv6Routes(text)], [[], []], text);
});

/** Of a machine with a next hop on an interface of its own, and these routes more. */
async function routesOf(t: TestContext, routes: string): Promise<ReturnType<typeof ownRoutes>> {
  const { run, output } = networkNamespace(t);
  run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth1");
  run("ip", "link", "set", "eth1", "up");
  run("ip", "addr", "add", "192.0.2.1/24", "dev", "eth0");
  run("ip", "-6", "addr", "add", "2001:db8::1/64", "dev", "eth0", "nodad");
  run("ip", "link", "set", "eth0", "up");
  const folder = mkdtempSync(join(tmpdir(), "wirespan-routes-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "routes");
  writeFileSync(file, routes);
  run("ip", "-force", "-batch", file);
  const program = `import { ownRoutes } from ${JSON.stringify(OWN_ROUTES)}; console.log(JSON.stringify(ownRoutes()))`;
  return JSON.parse(await output(process.execPath, "--input-type=module", "--eval", program));
}

test("this machine's routes with a next hop are read, of both families", async (t) => {
  const { routes, problems } = await routesOf(
    t,
    "route add default via 192.0.2.254\nroute add 10.244.2.0/24 via 192.0.2.2\nroute add fd00:10:244:2::/64 via 2001:db8::2\n",
  );
  assert.deepEqual(routes, [
    { cidr: "0.0.0.0/0", gateway: "192.0.2.254" },
    { cidr: "10.244.2.0/24", gateway: "192.0.2.2" },
    { cidr: "fd00:10:244:2::/64", gateway: "2001:db8::2" },
  ]);
  assert.deepEqual(problems, []);
});

test("of a table that is too long the beginning is read, and a sentence says so", async (t) => {
  const many = Array.from({ length: 9_000 }, (_, i) => `route add 10.${i >> 8}.${i & 255}.0/24 via 192.0.2.2\n`);
  const { routes, problems } = await routesOf(t, many.join(""));
  // Lines have 128 bytes, and the first is no route; one more is that of the interface.
  assert.ok(routes.length > 8_185 && routes.length < 8_192, `${routes.length}`);
  assert.deepEqual(problems, [
    "/proc/net/route is longer than 1 MiB: routes after that are not read. Connections from a pod range that is only there may be reported by two nodes",
  ]);
});
