// `wirespan map --serve` as a person starts it: the link, who gets nothing, what listens, and how it ends.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { CLUSTER, capture, ended, start, temporaryFolder, wirespan } from "../../support/cli/wirespan.ts";
import { listeningSockets } from "../../support/listening-sockets.ts";
import { until } from "../../support/until.ts";

const SOURCE = [...CLUSTER, "--capture", `node-a=${capture("node-a")}`];

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** The raw path is sent as it is, unlike by `fetch`. */
function ask(
  port: number,
  path: string,
  options: { host?: string; origin?: string; method?: string } = {},
): Promise<Answer> {
  const { host = `127.0.0.1:${port}`, origin, method = "GET" } = options;
  const headers = { host, ...(origin === undefined ? {} : { origin }) };
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path, method, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }));
    })
      .on("error", reject)
      .end();
  });
}

/** The answer to a request of HTTP/1.0, which needs no Host. */
async function withoutHost(port: number, path: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.setEncoding("utf8").end(`GET ${path} HTTP/1.0\r\n\r\n`);
  let text = "";
  for await (const chunk of socket) text += chunk;
  return text;
}

/** Starts the server; its link, and how it ends. */
async function serving(t: TestContext, ...args: string[]) {
  const child = start(["map", ...args, "--serve"], { env: { BROWSER: "/nowhere", DISPLAY: ":9" } });
  t.after(() => child.kill("SIGKILL"));
  const result = ended(child);
  let stderr = "";
  const link = new Promise<URL>((resolve, reject) => {
    child.stderr.on("data", (text: string) => {
      stderr += text;
      const found = /^wirespan: map at (http:\S+), for browsers of this machine/m.exec(stderr)?.[1];
      if (found !== undefined) resolve(new URL(found));
    });
    child.once("close", () => reject(new Error(stderr)));
  });
  return { child, result, link: await link };
}

test("the link shows the map until Ctrl-C, which ends it with 0; no browser is started", async (t) => {
  const { child, result, link } = await serving(t, ...SOURCE);
  const port = Number(link.port);
  const page = await ask(port, link.pathname);
  assert.equal(page.status, 200);
  assert.match(page.text, /^<!doctype html>/);
  const data = await ask(port, `${link.pathname}data`);
  assert.ok(JSON.parse(data.text).edges.length > 3);
  assert.equal(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8"), "");
  child.kill("SIGINT");
  const { code, signal, stdout, stderr } = await result;
  assert.deepEqual([code, signal, stdout], [0, null, ""]);
  // The token is in the link alone.
  assert.equal(stderr.split(link.pathname).length, 2, stderr);
  await assert.rejects(ask(port, link.pathname), /ECONNREFUSED/);
});

test("nothing but the port of the link listens, and that on 127.0.0.1 only", async (t) => {
  const { child, link } = await serving(t, ...SOURCE);
  const port = Number(link.port).toString(16).toUpperCase().padStart(4, "0");
  assert.deepEqual(listeningSockets(child.pid ?? 0), [`tcp 0100007F:${port}`]);
});

test("without the token, through another name, or by another path there is nothing, and nothing of the token leaves", async (t) => {
  const { link } = await serving(t, ...SOURCE);
  const port = Number(link.port);
  const { pathname } = link;
  const other = pathname.replace(/[^/]/, (first) => (first === "A" ? "B" : "A"));
  const paths = [
    "/",
    "/data",
    "/favicon.ico",
    "/robots.txt",
    other,
    `${other}data`,
    pathname.slice(0, -1),
    pathname.toLowerCase() === pathname ? `${pathname}x` : pathname.toLowerCase(),
    `${pathname}../data`,
    `${pathname}../../etc/passwd`,
    `${pathname}%2e%2e/data`,
    `${pathname}data/../../../etc/passwd`,
    `${pathname}?token=x`,
    `//${pathname}`,
    `http://attacker.example${pathname}`,
  ];
  for (const path of paths) {
    const { status, text } = await ask(port, path);
    assert.deepEqual([status, text], [404, ""], path);
  }
  for (const host of [
    "attacker.example",
    `attacker.example:${port}`,
    "127.0.0.1.attacker.example",
    "0.0.0.0",
    "[::]",
  ]) {
    const { status, text } = await ask(port, pathname, { host });
    assert.notEqual(status, 200, host);
    assert.doesNotMatch(text, /wirespan/, host);
  }
  assert.match(await withoutHost(port, pathname), /^HTTP\/1.1 404 /);
  for (const method of ["POST", "PUT", "OPTIONS", "TRACE", "DELETE"]) {
    assert.equal((await ask(port, pathname, { method })).status, 404, method);
  }
  // Another page of the same browser that knows the link may not read the answer, nor frame or embed it.
  const { headers } = await ask(port, `${pathname}data`, { origin: "https://attacker.example" });
  assert.equal(headers["access-control-allow-origin"], undefined);
  assert.equal(headers["cross-origin-resource-policy"], "same-origin");
  assert.equal(headers["x-frame-options"], "DENY");
  assert.equal(headers["referrer-policy"], "no-referrer");
  assert.equal(headers["cache-control"], "no-store");
});

test("--port: a used one is a sentence, a wrong one and one without --serve too", async (t) => {
  const used = createServer().listen(0, "127.0.0.1");
  await once(used, "listening");
  t.after(() => used.close());
  const port = String((used.address() as AddressInfo).port);
  const { code, stderr } = await wirespan(["map", ...SOURCE, "--serve", "--port", port]);
  assert.equal(code, 2);
  assert.match(
    stderr,
    new RegExp(`^wirespan: port ${port} of 127.0.0.1 is used by another process; pass another --port`, "m"),
  );
  for (const wrong of ["0", "65536", "http"]) {
    const { stderr } = await wirespan(["map", ...SOURCE, "--serve", "--port", wrong]);
    assert.match(stderr, /invalid --port ".*": expected a whole number from 1 to 65535/);
  }
  assert.match((await wirespan(["map", ...SOURCE, "--port", "8080"])).stderr, /--port requires --serve/);
});

test("a file that is replaced is shown anew", async (t) => {
  const folder = temporaryFolder(t);
  const graph = join(folder, "graph.json");
  const snapshot = async (...filter: string[]) => {
    assert.equal((await wirespan(["snapshot", ...SOURCE, ...filter, "-o", graph])).code, 0);
  };
  await snapshot("-n", "data");
  const { child, link, result } = await serving(t, "--graph", graph);
  const edges = async () => {
    const { text } = await ask(Number(link.port), `${link.pathname}data`);
    return (JSON.parse(text).edges as unknown[]).length;
  };
  const few = await edges();
  await snapshot();
  await until("the map is renewed", async () => (await edges()) > few);
  child.kill("SIGTERM");
  assert.equal((await result).code, 0);
});

test("what a source says at each reading is printed once, and again after a reading without it", async (t) => {
  const graph = join(temporaryFolder(t), "graph.json");
  const snapshot = async ([node, ...filter]: readonly ["node-a" | "node-b", ...string[]]) => {
    const source = [...CLUSTER, "--capture", `${node}=${capture(node)}`, ...filter];
    assert.equal((await wirespan(["snapshot", ...source, "-o", graph])).code, 0);
  };
  await snapshot(["node-a", "-n", "data"]);
  const { child, link, result } = await serving(t, "--graph", graph);
  const data = async () => (await ask(Number(link.port), `${link.pathname}data`)).text;
  for (const replaced of [["node-b", "-n", "data"], ["node-b"], ["node-a", "-n", "data"]] as const) {
    const before = await data();
    await snapshot(replaced);
    await until(`${replaced.join(" ")} is read`, async () => (await data()) !== before);
  }
  child.kill("SIGTERM");
  const { stderr } = await result;
  assert.equal(stderr.match(/the graph is partial/g)?.length, 2, stderr);
});
