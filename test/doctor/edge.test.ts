import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { checkEdge } from "../../src/doctor/edge.ts";

const CHUNK = "x".repeat(65_536);

/** The address of a program that is no agent. */
async function stranger(t: TestContext, respond: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((_, response) => respond(response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const check = (agentUrl: string) =>
  checkEdge({
    target: { name: "localhost", address: undefined, port: 9 },
    agentUrl,
    prometheus: null,
    client: "c",
    seconds: 1,
  });

test("a response without an end is read to a limit, and said", { timeout: 20_000 }, async (t) => {
  let sentBytes = 0;
  const url = await stranger(t, (response) => {
    const send = (): void => {
      while (!response.destroyed && response.write(CHUNK)) sentBytes += CHUNK.length;
    };
    response.on("drain", send);
    send();
  });
  const [finding, ...others] = await check(url);
  assert.deepEqual(others, []);
  assert.equal(finding?.status, "failed");
  assert.equal(finding?.text, `the agent does not answer at ${url}: more than 4194304 characters`);
  // The limit, and what the socket's buffers hold.
  assert.ok(sentBytes < 64 * 2 ** 20, `${sentBytes} bytes`);
});

test("another program at the agent's port is recognized", { timeout: 20_000 }, async (t) => {
  const url = await stranger(t, (response) => response.end("hello\n"));
  const [finding] = await check(url);
  assert.equal(finding?.text, `another program answers at ${url}, not an agent; choose another health.port`);
});

test("a port at which no program answers is one sentence", { timeout: 20_000 }, async (t) => {
  const url = await stranger(t, (response) => response.socket?.destroy());
  const [finding] = await check(url);
  assert.match(finding?.text ?? "", /^the agent does not answer at http:\S+: ECONNRESET$/);
});
