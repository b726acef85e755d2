import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A port on 127.0.0.1 that forwards to another one, and counts bytes. */
export interface Relay {
  readonly port: number;
  /** Bytes that the server has sent so far. */
  received(): number;
  /** Bytes that clients have sent so far. */
  sent(): number;
  /** Connections so far. */
  connections(): number;
  /** Closes all open connections; new ones are accepted. */
  cut(): void;
  /** True: closes all connections and rejects new ones. False: accepts new ones again. */
  block(isBlocked: boolean): void;
  stop(): Promise<void>;
}

/** Starts a relay between clients and a server on 127.0.0.1. */
export async function startRelay(targetPort: number): Promise<Relay> {
  const open = new Set<Socket>();
  let received = 0;
  let sent = 0;
  let connections = 0;
  let isBlocked = false;
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  const server = createServer((client) => {
    if (isBlocked) {
      client.destroy();
      return;
    }
    connections++;
    const target = connect(targetPort, "127.0.0.1");
    target.on("data", (chunk) => {
      received += chunk.length;
    });
    client.on("data", (chunk) => {
      sent += chunk.length;
    });
    client.pipe(target).pipe(client);
    for (const [socket, other] of [
      [client, target],
      [target, client],
    ] as const) {
      open.add(socket);
      socket.setNoDelay();
      // A reset of one side closes the other side.
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        open.delete(socket);
        other.end();
      });
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    received: () => received,
    sent: () => sent,
    connections: () => connections,
    cut,
    block(blocked) {
      isBlocked = blocked;
      if (blocked) cut();
    },
    async stop() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
