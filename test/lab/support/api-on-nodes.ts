// EDGE: process
// The real API server's port on the loopback of every node of a laboratory.
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Lab } from "../lab.ts";
import { waitForLine } from "./commands.ts";
import { RELAY, shareLoopback } from "./shared-loopback.ts";

/** Resolves when `127.0.0.1:port` of each node is that of this machine; a Unix socket in `directory` is shared by all. */
export async function shareApiServer(
  t: Pick<TestContext, "after">,
  lab: Lab,
  port: number,
  directory: string,
): Promise<void> {
  const socket = join(directory, "api.sock");
  const shared = shareLoopback(socket, port);
  t.after(() => shared.close());
  for (const { name } of lab.cluster.nodes) {
    const command = [process.execPath, RELAY, String(port), socket];
    const relay = lab.spawnOnNode(name, command, { stdio: ["ignore", "pipe", "inherit"] });
    await waitForLine(relay, "stdout", "listening");
  }
}
