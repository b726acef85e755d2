// EDGE: this machine's interfaces and kernel settings
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { type Finding, ok, warning } from "./finding.ts";

/** Where the kernel shows its devices and settings; elsewhere in tests. */
export interface KernelFolders {
  readonly sys: string;
  readonly proc: string;
}

const KERNEL: KernelFolders = { sys: "/sys", proc: "/proc" };
const BRIDGE_SETTINGS = ["bridge-nf-call-iptables", "bridge-nf-call-ip6tables"];

/** Which interfaces there are besides the loopback. */
export function checkInterfaces(interfaces = networkInterfaces()): Finding {
  const names = Object.entries(interfaces)
    .filter(([, addresses]) => addresses?.some(({ internal }) => !internal))
    .map(([name]) => name);
  if (names.length > 0) return ok("interfaces", `${names.length} with an address: ${shortList(names)}`);
  return warning(
    "interfaces",
    "none has an address but the loopback, so only local traffic is seen; give a pod hostNetwork: true",
  );
}

/**
 * Without br_netfilter a bridge passes answers between pods of one node around NAT: connections by ClusterIP break, and
 * are drawn as timed out.
 */
export function checkBridges({ sys, proc }: KernelFolders = KERNEL): Finding {
  const bridges = bridgesIn(join(sys, "class/net"));
  if (bridges.length === 0) return ok("br_netfilter", "not needed: no network bridge here");
  const off = BRIDGE_SETTINGS.filter((name) => settingOf(join(proc, "sys/net/bridge", name)) !== "1");
  if (off.length === 0) return ok("br_netfilter", `on, for ${shortList(bridges)}`);
  const [first] = off;
  if (first === BRIDGE_SETTINGS[0]) {
    return warning(
      "br_netfilter",
      `off, but there is a bridge (${shortList(bridges)}): a Service called by a pod of the same node then times out; run modprobe br_netfilter && sysctl -w net.bridge.${first}=1 where pods hang on that bridge`,
    );
  }
  return warning("br_netfilter", `off for IPv6; run sysctl -w net.bridge.${first}=1 where pods use IPv6`);
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
