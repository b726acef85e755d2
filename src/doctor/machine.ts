// EDGE: this machine's interfaces and kernel settings
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { type Finding, ok, warning } from "./finding.ts";

/** The mount points of sysfs and procfs; other folders in tests. */
export interface KernelFolders {
  readonly sys: string;
  readonly proc: string;
}

const KERNEL: KernelFolders = { sys: "/sys", proc: "/proc" };
const BRIDGE_SETTINGS = ["bridge-nf-call-iptables", "bridge-nf-call-ip6tables"];

/** Checks that an interface other than the loopback has an address. */
export function checkInterfaces(interfaces = networkInterfaces()): Finding {
  const names = Object.entries(interfaces)
    .filter(([, addresses]) => addresses?.some(({ internal }) => !internal))
    .map(([name]) => name);
  if (names.length > 0) return ok("interfaces", `${names.length} with an address: ${shortList(names)}`);
  return warning(
    "interfaces",
    "only the loopback has an address, so only local traffic can be observed; set hostNetwork: true in the pod's spec",
  );
}

/**
 * Without br_netfilter, replies between pods of one node cross the bridge without reverse NAT: connections to a ClusterIP
 * fail, and appear as timed out.
 */
export function checkBridges({ sys, proc }: KernelFolders = KERNEL): Finding {
  const bridges = bridgesIn(join(sys, "class/net"));
  if (bridges.length === 0) return ok("br_netfilter", "not required: this machine has no bridge");
  const disabled = BRIDGE_SETTINGS.filter((name) => settingOf(join(proc, "sys/net/bridge", name)) !== "1");
  if (disabled.length === 0) return ok("br_netfilter", `enabled, for ${shortList(bridges)}`);
  const [first] = disabled;
  if (first === BRIDGE_SETTINGS[0]) {
    return warning(
      "br_netfilter",
      `disabled, and this machine has a bridge (${shortList(bridges)}): connections to a Service time out if client and server are on this node; if pods use that bridge, run modprobe br_netfilter && sysctl -w net.bridge.${first}=1`,
    );
  }
  return warning("br_netfilter", `disabled for IPv6; if pods use IPv6, run sysctl -w net.bridge.${first}=1`);
}

function bridgesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => existsSync(join(folder, name, "bridge")));
}

function settingOf(path: string): string | null {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return null;
  }
}

function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 4).join(", ");
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown;
}
