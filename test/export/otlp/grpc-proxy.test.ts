import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { after, before, type TestContext, test } from "node:test";
import { createGrpcTransport } from "../../../src/export/otlp/grpc-transport.ts";
import { readOtlpEnvironment } from "../../../src/export/otlp/otlp-environment.ts";
import { until } from "../../support/until.ts";
import { ACCEPT, type OtlpReceiver, startOtlpReceiver } from "../support/otlp-receiver.ts";

const WHY = "correct or unset https_proxy, or add the Collector's host to no_proxy";

let receiver: OtlpReceiver;
before(async () => {
  receiver = await startOtlpReceiver(() => ACCEPT);
});
after(() => receiver.stop());

/** Requests through this proxy: what became of each. */
function sender(t: TestContext, proxy: string, noProxy = ""): () => Promise<string> {
  const variables = { https_proxy: proxy, no_proxy: noProxy };
  Object.assign(process.env, variables);
  const transport = createGrpcTransport(
    readOtlpEnvironment({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, OTEL_EXPORTER_OTLP_TIMEOUT: "1000" }),
    "1.2.3",
  );
  t.after(() => {
    transport.close();
    for (const name of Object.keys(variables)) delete process.env[name];
  });
  return async () => {
    const answer = await transport.post(Buffer.alloc(0));
    return answer.type === "failed" ? `${answer.verdict}: ${answer.sentence}` : answer.type;
  };
}

const post = (t: TestContext, proxy: string, noProxy?: string) => sender(t, proxy, noProxy)();

/** Passes the bytes of a CONNECT on, both ways. */
function passOn(t: TestContext, url: string, socket: Duplex, head: Buffer): void {
  const [host, port] = url.split(":");
  const onward = connect(Number(port), host, () => {
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    onward.write(head);
    onward.pipe(socket).pipe(onward);
  });
  for (const each of [socket, onward]) each.on("error", () => {});
  t.after(() => onward.destroy());
}

async function listening(t: TestContext, server: Server): Promise<string> {
  // The server forgets sockets of CONNECT.
  const sockets: Socket[] = [];
  server.on("connection", (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("a proxy that is not there is named, with its variable, and nothing else is written to standard error", async (t) => {
  const server = createServer();
  const address = await listening(t, server);
  await new Promise((resolve) => server.close(resolve));
  const written = t.mock.method(console, "error", () => {});
  assert.equal(
    await post(t, `http://user:secret@${address}`),
    `retry: the Collector at ${receiver.endpoint} is unreachable through the proxy ${address} of https_proxy (connect ECONNREFUSED ${address}): ${WHY}`,
  );
  assert.equal(written.mock.callCount(), 0);
});

test("a proxy that refuses is named, with its status", async (t) => {
  const server = createServer().on("connect", (_, socket) => socket.end("HTTP/1.1 403 Forbidden\r\n\r\n"));
  const address = await listening(t, server);
  assert.equal(
    await post(t, `http://${address}`),
    `retry: the Collector at ${receiver.endpoint} is unreachable through the proxy ${address} of https_proxy (status 403): ${WHY}`,
  );
});

test("a proxy that says nothing is named, and the request is retried, as it was never sent", async (t) => {
  const address = await listening(
    t,
    createServer().on("connect", () => {}),
  );
  const answer = await post(t, `http://${address}`);
  assert.ok(
    answer.startsWith(`retry: the Collector at ${receiver.endpoint} is unreachable through the proxy ${address}`),
    answer,
  );
});

test("a proxy that works is used, but not for the hosts of no_proxy", async (t) => {
  let connections = 0;
  const server = createServer().on("connect", ({ url = "" }, socket, head) => {
    connections++;
    passOn(t, url, socket, head);
  });
  const address = await listening(t, server);
  assert.equal(await post(t, `http://${address}`), "accepted");
  assert.equal(connections, 1);
  assert.equal(await post(t, `http://${address}`, "127.0.0.1"), "accepted");
  assert.equal(connections, 1);
});

test("the reason of a failure is not shown for a later one, of which grpc-js says nothing", async (t) => {
  type Mode = "refuse" | "work" | "be silent";
  let mode: Mode = "refuse";
  const tunnels: Duplex[] = [];
  const server = createServer().on("connect", ({ url = "" }, socket, head) => {
    tunnels.push(socket);
    if (mode === "refuse") socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    if (mode === "work") passOn(t, url, socket, head);
  });
  const address = await listening(t, server);
  const send = sender(t, `http://${address}`);
  assert.match(await send(), /\(status 403\)/);
  mode = "work";
  await until("the proxy works", async () => (await send()) === "accepted");
  mode = "be silent";
  for (const tunnel of tunnels) tunnel.destroy();
  const through = `is unreachable through the proxy ${address} of https_proxy`;
  let last = "";
  await until("the proxy is silent", async () => {
    last = await send();
    return last.includes(through);
  });
  assert.doesNotMatch(last, /status 403/);
  assert.ok(last.includes(`${through}: ${WHY}`), last);
});
