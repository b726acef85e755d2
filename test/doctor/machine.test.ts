import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { NetworkInterfaceInfo } from "node:os";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { checkBridges, checkInterfaces, type KernelFolders } from "../../src/doctor/machine.ts";

const address = (internal: boolean) => ({ internal }) as NetworkInterfaceInfo;

/** What a kernel shows with these devices, bridges among them, and these settings. */
function kernel(
  t: TestContext,
  devices: Record<string, boolean>,
  settings: Record<string, string> = {},
): KernelFolders {
  const root = mkdtempSync(join(tmpdir(), "wirespan-kernel-"));
  t.after(() => rmSync(root, { recursive: true }));
  const [sys, proc] = [join(root, "sys"), join(root, "proc")];
  for (const [name, isBridge] of Object.entries(devices)) {
    mkdirSync(join(sys, "class/net", name, isBridge ? "bridge" : "queues"), { recursive: true });
  }
  mkdirSync(join(proc, "sys/net/bridge"), { recursive: true });
  for (const [name, value] of Object.entries(settings)) {
    writeFileSync(join(proc, "sys/net/bridge", name), `${value}\n`);
  }
  return { sys, proc };
}

test("interfaces with an address are named, the loopback is not", () => {
  const found = checkInterfaces({ lo: [address(true)], eth0: [address(false)], cni0: [address(false)] });
  assert.deepEqual([found.status, found.text], ["ok", "2 with an address: eth0, cni0"]);
});

test("a machine with nothing but its loopback is warned of", () => {
  const found = checkInterfaces({ lo: [address(true)] });
  assert.equal(found.status, "warning");
  assert.match(found.text, /hostNetwork: true/);
});

test("br_netfilter is not asked for where there is no bridge", (t) => {
  assert.equal(checkBridges(kernel(t, { eth0: false })).text, "not needed: no network bridge here");
});

test("br_netfilter that is on for both families is well", (t) => {
  const on = { "bridge-nf-call-iptables": "1", "bridge-nf-call-ip6tables": "1" };
  const found = checkBridges(kernel(t, { eth0: false, cni0: true }, on));
  assert.deepEqual([found.status, found.text], ["ok", "on, for cni0"]);
});

test("a bridge without br_netfilter is warned of with the two commands", (t) => {
  const found = checkBridges(kernel(t, { cni0: true }));
  assert.equal(found.status, "warning");
  assert.match(found.text, /modprobe br_netfilter && sysctl -w net\.bridge\.bridge-nf-call-iptables=1/);
});

test("br_netfilter that is switched off for IPv4 is warned of as if it were not there", (t) => {
  const half = { "bridge-nf-call-iptables": "0", "bridge-nf-call-ip6tables": "1" };
  assert.match(checkBridges(kernel(t, { cni0: true }, half)).text, /^off, but there is a bridge \(cni0\)/);
});

test("br_netfilter that is off for IPv6 alone is said so", (t) => {
  const half = { "bridge-nf-call-iptables": "1", "bridge-nf-call-ip6tables": "0" };
  const { status, text } = checkBridges(kernel(t, { cni0: true }, half));
  assert.deepEqual([status, text.slice(0, 13)], ["warning", "off for IPv6;"]);
});
