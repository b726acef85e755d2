import { readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { makeCertificates } from "../collector/support/certificates.ts";
import type { Kubernetes } from "./kubernetes.ts";

/** Connects to a port on loopback in the network of a pod, `namespace/name`. Emits `error` where it cannot. */
type Dial = (pod: string, port: number) => Duplex;

/** The part of a kubelet that forwards ports, for all nodes of a cluster, over TLS as the API server asks for it. */
export interface Kubelet {
  /** Creates a Node object with the address of this kubelet. */
  createNode(name: string): Promise<void>;
  /** Port-forwards so far, and open ones. */
  readonly counts: { started: number; open: number; mostOpen: number };
  /** Stops to answer; connections stay open without data. */
  freeze(): void;
  stop(): void;
}

/** As in Kubernetes' portforward/websocket.go: the data channel, then the error channel. */
const PROTOCOL = "v4.channel.k8s.io";
const MAX_MESSAGE_BYTES = 32 * 1024;

export async function startKubelet({ admin }: Kubernetes, dial: Dial): Promise<Kubelet> {
  const { authority, serverCertificate, serverKey } = makeCertificates();
  const server = createServer({ cert: readFileSync(serverCertificate), key: readFileSync(serverKey) });
  rmSync(dirname(authority), { recursive: true, force: true });
  const sockets = new WebSocketServer({
    server,
    handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
  });
  const counts = { started: 0, open: 0, mostOpen: 0 };
  let isFrozen = false;
  sockets.on("connection", (socket, request) => {
    const url = new URL(request.url ?? "", "https://kubelet");
    const [, pod = ""] = /^\/portForward\/(.+)$/.exec(url.pathname) ?? [];
    counts.started++;
    counts.open++;
    counts.mostOpen = Math.max(counts.mostOpen, counts.open);
    socket.once("close", () => counts.open--);
    if (!isFrozen) forward(socket, pod, Number(url.searchParams.get("port")), dial);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    counts,
    async createNode(name) {
      await admin.create({
        apiVersion: "v1",
        kind: "Node",
        metadata: { name },
        spec: {},
        status: {
          addresses: [{ type: "InternalIP", address: "127.0.0.1" }],
          daemonEndpoints: { kubeletEndpoint: { Port: port } },
        },
      });
    },
    freeze() {
      isFrozen = true;
    },
    stop() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

function forward(socket: WebSocket, pod: string, port: number, dial: Dial): void {
  const send = (channel: number, data: Buffer): void => socket.send(Buffer.concat([Buffer.of(channel), data]));
  const portBytes = Buffer.alloc(2);
  portBytes.writeUInt16LE(port);
  send(0, portBytes);
  send(1, portBytes);
  const connection = dial(pod, port);
  socket.on("message", (message: Buffer) => {
    if (message[0] === 0) connection.write(message.subarray(1));
  });
  socket.once("close", () => connection.destroy());
  connection.on("data", (data: Buffer) => {
    for (let at = 0; at < data.length; at += MAX_MESSAGE_BYTES) send(0, data.subarray(at, at + MAX_MESSAGE_BYTES));
    // A slow reader holds the pod's connection up, as in a kubelet.
    if (socket.bufferedAmount < MAX_MESSAGE_BYTES) return;
    connection.pause();
    socket.send(Buffer.alloc(0), () => connection.resume());
  });
  connection.once("end", () => socket.close());
  connection.once("error", (error) => {
    send(1, Buffer.from(`error forwarding port ${port} to pod ${pod.replace("/", "_")}, uid : ${error.message}`));
    socket.close();
  });
}
