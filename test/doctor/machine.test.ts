import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { NetworkInterfaceInfo } from "node:os";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { checkBridges, checkInterfaces, type KernelFolders } from "../../src/doctor/machine.ts";

const address = (internal: boolean) => ({ internal }) as NetworkInterfaceInfo;

/** The sysfs and procfs of a kernel with these devices and settings; true: a bridge. */
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

test("interfaces with an address are listed, except for the loopback", () => {
  const found = checkInterfaces({ lo: [address(true)], eth0: [address(false)], cni0: [address(false)] });
  assert.deepEqual([found.status, found.text], ["ok", "2 with an address: eth0, cni0"]);
});

test("a machine with only the loopback is a warning", () => {
  const found = checkInterfaces({ lo: [address(true)] });
  assert.equal(found.status, "warning");
  assert.match(found.text, /hostNetwork: true/);
});

test("br_netfilter is not required without a bridge", (t) => {
  assert.equal(checkBridges(kernel(t, { eth0: false })).text, "not required: this machine has no bridge");
});

test("br_netfilter enabled for both address families is ok", (t) => {
  const on = { "bridge-nf-call-iptables": "1", "bridge-nf-call-ip6tables": "1" };
  const found = checkBridges(kernel(t, { eth0: false, cni0: true }, on));
  assert.deepEqual([found.status, found.text], ["ok", "enabled, for cni0"]);
});

test("a bridge without br_netfilter is a warning with both commands", (t) => {
  const found = checkBridges(kernel(t, { cni0: true }));
  assert.equal(found.status, "warning");
  assert.match(found.text, /modprobe br_netfilter && sysctl -w net\.bridge\.bridge-nf-call-iptables=1/);
});

test("br_netfilter disabled for IPv4 is the same warning", (t) => {
  const half = { "bridge-nf-call-iptables": "0", "bridge-nf-call-ip6tables": "1" };
  assert.match(checkBridges(kernel(t, { cni0: true }, half)).text, /^disabled, and this machine has a bridge \(cni0\)/);
});

test("br_netfilter disabled for IPv6 alone is a warning of its own", (t) => {
  const half = { "bridge-nf-call-iptables": "1", "bridge-nf-call-ip6tables": "0" };
  const { status, text } = checkBridges(kernel(t, { cni0: true }, half));
  assert.deepEqual([status, text.slice(0, 18)], ["warning", "disabled for IPv6;"]);
});
