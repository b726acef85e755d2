// EDGE: net
import { connect, createServer, type Server } from "node:net";
import { fileURLToPath } from "node:url";

/** The other half, in the namespace: `node RELAY PORT PATH` listens on that port of its loopback (unix-relay.ts). */
export const RELAY = fileURLToPath(new URL("./unix-relay.js", import.meta.url));

/** A Unix socket, which network namespaces share, in front of a port of this loopback. The caller closes it. */
export function shareLoopback(path: string, port: number): Server {
  return createServer((client) => {
    const target = connect(port, "127.0.0.1");
    client.pipe(target).pipe(client);
    client.on("error", () => target.destroy());
    target.on("error", () => client.destroy());
  }).listen(path);
}
