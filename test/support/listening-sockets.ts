import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** TCP in state LISTEN, and UDP sockets, of `/proc/net`; UDP has no such state. */
const LISTEN = "0A";

/** Where a process listens, as `protocol address:port` with the address as the kernel writes it; on Linux. */
export function listeningSockets(pid: number): string[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const target = linkOf(`/proc/${pid}/fd/${fd}`);
      return /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? [];
    }),
  );
  return ["tcp", "tcp6", "udp", "udp6"].flatMap((protocol) =>
    readFileSync(`/proc/${pid}/net/${protocol}`, "utf8")
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode = ""]) => {
        return inodes.has(inode) && (state === LISTEN || protocol.startsWith("udp"));
      })
      .map(([, local = ""]) => `${protocol} ${local}`),
  );
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // Closed since it was listed.
    return "";
  }
}
