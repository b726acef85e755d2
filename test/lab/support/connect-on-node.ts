import { Duplex } from "node:stream";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { Lab } from "../lab.ts";

const PORT_STDIO = fileURLToPath(new URL("./port-stdio.js", import.meta.url));

/** A connection to a loopback port of a node, made in the node's own network, as a kubelet does. It ends with the test. */
export function connectOnNode(t: TestContext, lab: Lab, node: string, port: number): Duplex {
  const child = lab.spawnOnNode(node, [process.execPath, PORT_STDIO, String(port)], { stdio: "pipe" });
  t.after(() => child.kill("SIGKILL"));
  return Duplex.from({ readable: child.stdout, writable: child.stdin });
}
