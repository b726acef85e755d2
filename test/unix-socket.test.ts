import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, unlinkSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { SocketPath } from "../src/unix-socket.ts";
import { temporaryFolder } from "./support/cli/wirespan.ts";
import { until } from "./support/until.ts";

const BOUND = { timeout: 30_000 };

interface Listening {
  readonly server: Server;
  readonly socket: SocketPath;
  readonly reports: string[];
}

/** A server that says `name` to each client. */
async function listen(t: TestContext, path: string, name: string, checkMillis = 20): Promise<Listening> {
  const server = createServer((socket) => socket.on("error", () => {}).end(name));
  const reports: string[] = [];
  const options = { path, option: `--socket ${path}`, mode: 0o660, report: (text: string) => reports.push(text) };
  const socket = await SocketPath.listen(server, { ...options, checkMillis });
  t.after(() => socket.close());
  return { server, socket, reports };
}

/** What the server at the path says; the error's code where there is none. */
function asked(path: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(path);
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk;
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
    socket.once("end", () => resolve(text));
  });
}

test("a server that ends leaves its successor's socket at the same path", BOUND, async (t) => {
  const path = join(temporaryFolder(t), "a.sock");
  const first = await listen(t, path, "first");
  assert.equal(statSync(path).mode & 0o777, 0o660);
  // It does not notice that it was moved.
  const second = await listen(t, `${path}.2`, "second", 60_000);
  renameSync(`${path}.2`, path);
  first.socket.close();
  assert.equal(await asked(path), "second");
  second.socket.close();
});

test("a server that ends removes its socket, and nothing else is left in the folder", BOUND, async (t) => {
  const folder = temporaryFolder(t);
  const { socket } = await listen(t, join(folder, "a.sock"), "only");
  assert.deepEqual(readdirSync(folder), ["a.sock"]);
  socket.close();
  socket.close();
  assert.deepEqual(readdirSync(folder), []);
});

test("a removed path is there again, with its mode; open connections stay open", BOUND, async (t) => {
  const folder = join(temporaryFolder(t), "run");
  mkdirSync(folder);
  const path = join(folder, "a.sock");
  const { server, reports } = await listen(t, path, "still here");
  const client = connect({ path, allowHalfOpen: true });
  t.after(() => client.destroy());
  await once(client, "data");
  for (const remove of [() => unlinkSync(path), () => rmSync(folder, { recursive: true })]) {
    remove();
    if (!existsSync(folder)) {
      await until("the missing folder is reported", () => reports.length === 2);
      mkdirSync(folder);
    }
    await until("the path is there", () => existsSync(path));
    assert.equal(await asked(path), "still here");
    assert.equal(statSync(path).mode & 0o777, 0o660);
  }
  const option = `--socket ${path}`;
  // libuv says EACCES for a missing folder.
  assert.deepEqual(reports, [
    `${option} was removed, and has been created again`,
    `${option} was removed, and cannot be created: EACCES; its directory must exist and be writable`,
    `${option} was removed, and has been created again`,
  ]);
  assert.equal(client.destroyed, false);
  assert.equal(server.listening, true);
});

test(
  "a path that another server has taken over is reported once, and taken back when that server ends",
  BOUND,
  async (t) => {
    const path = join(temporaryFolder(t), "a.sock");
    const first = await listen(t, path, "first");
    const code = `require("net").createServer((socket) => socket.on("error", () => {}).end("other")).listen(${JSON.stringify(`${path}.2`)})`;
    const other = spawn(process.execPath, ["-e", code]);
    t.after(() => other.kill("SIGKILL"));
    await until("the other listens", async () => (await asked(`${path}.2`)) === "other");
    renameSync(`${path}.2`, path);
    await until("it is reported", () => first.reports.length > 0);
    assert.equal(await asked(path), "other");
    other.kill("SIGKILL");
    await until("the first is there again", async () => (await asked(path)) === "first");
    assert.deepEqual(first.reports, [
      `another process has taken over --socket ${path}; stop it, or choose another path`,
      `--socket ${path} was removed, and has been created again`,
    ]);
  },
);

test("the longest possible path can be listened on, however short its last part is", BOUND, async (t) => {
  const folder = temporaryFolder(t);
  const room = 107 - Buffer.byteLength(folder);
  const long = join(folder, "y".repeat(room - 1));
  // The private name is seven bytes longer.
  const short = join(folder, "x".repeat(room - 10), "s");
  mkdirSync(dirname(short));
  for (const path of [long, short]) {
    await listen(t, path, "long");
    assert.equal(await asked(path), "long");
    await assert.rejects(listen(t, path.replace(/(xx|yy)/, "$&x"), "longer"), /is longer than the 107 bytes/);
  }
});
