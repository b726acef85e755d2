import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A port of the loopback that passes everything on to another one, and counts what it passes. */
export interface Relay {
  readonly port: number;
  /** Bytes that the server has sent so far. */
  received(): number;
  /** Bytes that clients have sent so far. */
  sent(): number;
  /** Connections so far. */
  connections(): number;
  /** Ends all open connections; new ones are taken. */
  cut(): void;
  /** From now on lets nothing through, and ends what is open; false: lets it through again. */
  block(isBlocked: boolean): void;
  stop(): Promise<void>;
}

/** Stands between a client and a server on 127.0.0.1. */
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
      // Whoever resets a connection is seen by the other side as the end of it.
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
