import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as listen } from "node:net";
import { type TestContext, test } from "node:test";
import { checkEdge } from "../../src/doctor/edge.ts";

const CHUNK = "x".repeat(65_536);

/** The address of a program that is no agent. */
async function stranger(t: TestContext, respond: (response: ServerResponse) => unknown): Promise<string> {
  const server = createServer((_, response) => respond(response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Metrics of an agent that has counted so many connections, and sent as many pairs. */
function metrics(count: number): string {
  const connections = `wirespan_interactions_total{outcome="established"} ${count}`;
  return `wirespan_build_info{version="1"} 1\n${connections}\nwirespan_pairs_sent_total ${count}\n`;
}

const check = (agentUrl: string, seconds = 1, port = 9) =>
  checkEdge({
    target: { name: "127.0.0.1", address: undefined, port },
    agentUrl,
    prometheus: null,
    client: "c",
    seconds,
  });

/** What `verify` reports of a program at the agent's port that is no agent. It has more time than the test, but reports at once. */
async function assertForeign(url: string): Promise<void> {
  const [finding, ...others] = await check(url, 30);
  assert.deepEqual(others, []);
  assert.equal(finding?.status, "failed");
  assert.equal(finding?.text, `another program answers at ${url}, not an agent; choose another health.port`);
}

test("a response without an end is read to a limit, and is not an agent's", { timeout: 10_000 }, async (t) => {
  let sentBytes = 0;
  const url = await stranger(t, (response) => {
    const send = (): void => {
      while (!response.destroyed && response.write(CHUNK)) sentBytes += CHUNK.length;
    };
    response.on("drain", send);
    send();
  });
  await assertForeign(url);
  // The limit, and what the socket's buffers hold.
  assert.ok(sentBytes < 64 * 2 ** 20, `${sentBytes} bytes`);
});

test("another HTTP server at the agent's port is reported at once", { timeout: 10_000 }, async (t) => {
  await assertForeign(await stranger(t, (response) => response.end("hello\n")));
  await assertForeign(await stranger(t, (response) => response.writeHead(404).end()));
});

test("a program at the agent's port that does not speak HTTP is reported at once", { timeout: 10_000 }, async (t) => {
  const server = listen((socket) => socket.on("error", () => {}).write("SSH-2.0-OpenSSH_9.2\r\n"));
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(() => server.close());
  await assertForeign(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

test("an agent that does not listen yet is waited for, and one that restarts counts from 0", {
  timeout: 20_000,
}, async (t) => {
  let asked = 0;
  const url = await stranger(t, (response) => {
    asked++;
    if (asked === 1) return response.socket?.destroy();
    // Asked for the second time, it was restarted, and has counted less than before.
    return response.end(metrics(asked === 2 ? 7 : 2));
  });
  const findings = await check(url, 10);
  assert.deepEqual(
    findings.map(({ status, text }) => `${status}: ${text}`),
    ["ok: the agent of this node reported connections: 2", "ok: accepted span pairs of this node: 2"],
  );
});

test("a connection is made also where the time is over as soon as the agent answers", {
  timeout: 20_000,
}, async (t) => {
  let connections = 0;
  const target = listen(() => connections++).listen(0, "127.0.0.1");
  await once(target, "listening");
  t.after(() => target.close());
  const url = await stranger(t, (response) => response.end(metrics(connections)));
  const [finding] = await check(url, 0, (target.address() as AddressInfo).port);
  assert.equal(finding?.text, "the agent of this node reported connections: 1");
});

test("a port at which no program answers is one sentence", { timeout: 20_000 }, async (t) => {
  const url = await stranger(t, (response) => response.socket?.destroy());
  const [finding] = await check(url);
  assert.match(finding?.text ?? "", /^the agent does not answer at http:\S+: ECONNRESET$/);
});
