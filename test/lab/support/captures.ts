// EDGE: child_process
// tcpdump on every node of a laboratory.
import { join } from "node:path";
import type { Lab } from "../lab.ts";
import { end, waitForLine } from "./commands.ts";

/** What an agent's capture filter lets through: DNS, SYN or RST, ICMP errors that end a connection, fragments without a header. */
export const CAPTURE_FILTER = [
  "port 53",
  "tcp[13] & 6 != 0",
  "(ip6[6] == 6 and ip6[53] & 6 != 0)",
  "icmp[0] == 3 or icmp[0] == 11",
  "(ip6[6] == 58 and (ip6[40] == 1 or ip6[40] == 3))",
  "(ip[6:2] & 0x1fff != 0)",
  "ip6[6] == 44",
].join(" or ");

/** libpcap hands packets over in blocks, at the latest after a second. */
const LAST_BLOCK_MS = 1500;

export interface Captures {
  /** Ends them; the files are complete then. */
  stop(): Promise<void>;
}

/** Writes a file for each node, `NODE.pcap`. Resolves when all of them capture. */
export async function startCaptures(lab: Lab, directory: string): Promise<Captures> {
  const children = await Promise.all(
    lab.cluster.nodes.map(async ({ name }) => {
      const file = join(directory, `${name}.pcap`);
      const options = ["-i", "any", "-y", "LINUX_SLL", "-n", "-B", "8192", "-Z", "root"];
      const command = ["tcpdump", ...options, "-w", file, CAPTURE_FILTER];
      const capture = lab.spawnOnNode(name, command, { stdio: ["ignore", "ignore", "pipe"] });
      await waitForLine(capture, "stderr", "listening on");
      return capture;
    }),
  );
  return {
    async stop() {
      await new Promise((resolve) => setTimeout(resolve, LAST_BLOCK_MS));
      await Promise.all(children.map((child) => end(child, "SIGINT")));
    },
  };
}
