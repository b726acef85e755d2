import assert from "node:assert/strict";
import { test } from "node:test";
import { ownRoutes } from "../../src/agent/own-routes.ts";
import { parseIpv4Routes, parseIpv6Routes } from "../../src/agent/routing-tables.ts";
import { AddressRange } from "../../src/model/address-range.ts";

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

test("this machine's routes are ranges with a next hop", () => {
  for (const { cidr } of ownRoutes()) assert.ok(AddressRange.parse(cidr) !== null, cidr);
});
