// Sends a known number of datagrams and opens a known number of connections.
// Arguments: address, UDP port and count, TCP port and count. On its own machine's address it listens itself, so that
// nothing is refused.

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer } from "node:net";

const [address = "127.0.0.1", ...numbers] = process.argv.slice(2);
const [udpPort = 53, datagrams = 0, tcpPort = 3000, connections = 0] = numbers.map(Number);
const type = address.includes(":") ? "udp6" : "udp4";

const isOwn = address === "127.0.0.1" || address === "::1";
const receiver = createSocket(type);
if (isOwn) await once(receiver.bind(udpPort, address), "listening");
const sender = createSocket(type);
const payload = Buffer.alloc(40);
for (let i = 0; i < datagrams; i++) {
  await new Promise((done) => sender.send(payload, udpPort, address, done));
}
sender.close();
receiver.close();

if (connections > 0) {
  const server = createServer((socket) => socket.resume().end()).listen(tcpPort, address);
  await once(server, "listening");
  for (let i = 0; i < connections; i++) {
    const socket = connect(tcpPort, address);
    socket.resume().end();
    await once(socket, "close");
  }
  server.close();
}
