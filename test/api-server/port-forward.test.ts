// Port-forwards through a real API server: the connection is a stream, and each failure is one sentence.
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import type { Duplex } from "node:stream";
import { type TestContext, test } from "node:test";
import { type ApiAccess, inClusterAccess } from "../../src/kubernetes/client/api-access.ts";
import { ApiError } from "../../src/kubernetes/client/api-error.ts";
import { openPortForward } from "../../src/kubernetes/client/port-forward.ts";
import { startKubelet } from "../servers/kubelet.ts";
import { startKubernetes } from "../servers/kubernetes.ts";
import { createServiceAccount } from "../servers/service-account.ts";
import { until } from "../support/until.ts";
import { pod } from "./support/small-cluster.ts";

const BOUND = { timeout: 300_000 };
const SECONDS = 10_000;

function open(access: ApiAccess, name: string, port: number): Promise<Duplex> {
  const target = { namespace: "shop", pod: name, port };
  return openPortForward(access, target, AbortSignal.timeout(SECONDS), SECONDS);
}

async function listening(t: TestContext, answer: (socket: Duplex) => void): Promise<number> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function received(stream: Duplex): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += chunk;
  return text;
}

test(
  "a forwarded port is a stream in both directions; a refused one, a dead node and a missing right are errors",
  BOUND,
  async (t) => {
    const kubernetes = await startKubernetes();
    t.after(() => kubernetes.stop());
    const kubelet = await startKubelet(kubernetes, (_, port) => connect(port, "127.0.0.1"));
    t.after(() => kubelet.stop());
    const rules = [{ apiGroups: [""], resources: ["pods/portforward"], verbs: ["create", "get"] }];
    const account = await createServiceAccount(kubernetes, "viewer", rules);
    t.after(() => account.close());
    const access = inClusterAccess("127.0.0.1", String(kubernetes.port), account.folder);
    await kubelet.createNode("here");
    await kubernetes.admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    await kubernetes.admin.create(pod("web", "here", "10.1.0.5"));

    const big = "0123456789".repeat(300_000);
    const echo = await listening(t, (socket) => {
      socket.once("data", (data) => {
        socket.write(`${data}!`);
        socket.end(big);
      });
    });
    await until("the right is in effect", () =>
      open(access, "web", echo).then(
        (stream) => !!stream.destroy(),
        () => false,
      ),
    );
    const stream = await open(access, "web", echo);
    stream.write("hello");
    assert.equal(await received(stream), `hello!${big}`);

    // A reader that pauses holds up the server, and gets everything.
    const slow = await open(access, "web", echo);
    slow.write("slow");
    await once(slow, "readable");
    assert.equal(await received(slow), `slow!${big}`);

    const closed = await listening(t, () => {});
    const closing = await open(access, "web", closed);
    closing.destroy();
    await until("the kubelet's connection is closed", () => kubelet.counts.open === 0);

    const refused = await open(access, "web", 1);
    await assert.rejects(received(refused), (error) => {
      assert.ok(error instanceof ApiError);
      assert.match(
        error.message,
        /^error forwarding port 1 to pod shop_web, uid : connect ECONNREFUSED 127\.0\.0\.1:1$/,
      );
      return true;
    });
    await assert.rejects(open(access, "none", echo), (error) => {
      assert.ok(error instanceof ApiError);
      assert.deepEqual([error.status, error.message], [404, 'pods "none" not found']);
      return true;
    });
    kubelet.stop();
    await assert.rejects(open(access, "web", echo), (error) => {
      assert.ok(error instanceof ApiError);
      assert.match(error.message, /^error dialing backend: dial tcp 127\.0\.0\.1:\d+: connect: connection refused$/);
      return true;
    });
    await account.allow([]);
    await until("the right is gone", () =>
      open(access, "web", echo).then(
        () => false,
        (error: ApiError) => error.status === 403,
      ),
    );
    await kubernetes.kill();
    await assert.rejects(open(access, "web", echo), (error) => {
      assert.ok(error instanceof ApiError);
      assert.equal(
        error.message,
        `the API server at https://127.0.0.1:${kubernetes.port} does not answer; check that this machine reaches it`,
      );
      return true;
    });
  },
);
