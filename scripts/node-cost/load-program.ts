// EDGE: process, dns, net, http, worker_threads
// Runs in a pod of the bed: answers HTTP, or sends requests at a constant rate. Commands and reports: load-messages.ts.
import { lookup } from "node:dns/promises";
import { createServer, type Server } from "node:http";
import { connect, type Socket } from "node:net";
import { Worker } from "node:worker_threads";
import type { LoadCommand, LoadReport } from "./load-messages.ts";

const PATIENCE_MILLIS = 20_000;
/** A server that closes resets what the kernel has accepted for it: so long nothing new must have come. */
const QUIET_MILLIS = 1_000;
const SERVED_BY = "x-served-by";

const report = (message: LoadReport) => process.send?.(message);
const now = () => Number(process.hrtime.bigint()) / 1e6;

let server: Server | null = null;
let names: readonly string[] = [];
let port = 0;
let reuses = false;
let begun = 0;
let open = 0;
let settled: (() => void) | null = null;
let answered: Record<string, number> = {};
let failed: Record<string, number> = {};
let fresh: number[] = [];
let reused: number[] = [];
let failures = 0;
let lastAccepted = 0;
const idle: Socket[] = [];
const rate = new Int32Array(new SharedArrayBuffer(4));
let pacer: Worker | null = null;

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

function serve(onPort: number, identity: string): void {
  const body = JSON.stringify({ answeredBy: identity, text: "x".repeat(200) });
  server = createServer((_, response) => {
    response.writeHead(200, { "content-length": body.length, [SERVED_BY]: identity }).end(body);
  });
  server.on("connection", () => {
    lastAccepted = now();
  });
  // A kept connection ends with the pod only.
  server.keepAliveTimeout = 600_000;
  server.listen({ port: onPort, host: "::", backlog: 4096 }, () => report({ type: "serving" }));
}

async function close(): Promise<void> {
  lastAccepted = now();
  while (now() - lastAccepted < QUIET_MILLIS) {
    await new Promise((resolve) => setTimeout(resolve, QUIET_MILLIS));
    // A program that the machine kept waiting takes what came meanwhile, before it looks again.
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  server?.close(() => report({ type: "closed" }));
  server?.closeIdleConnections();
}

/** Sends a request; resolves with the workload that answered, when the whole answer is there. */
function exchange(socket: Socket, name: string, keep: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const timer = setTimeout(() => reject(new Error("ETIMEDOUT")), PATIENCE_MILLIS);
    const end = (settle: () => void) => {
      clearTimeout(timer);
      socket.removeAllListeners();
      socket.on("error", () => {});
      settle();
    };
    const onText = (chunk: string) => {
      text += chunk;
      if (keep && isComplete(text)) end(() => resolve(servedBy(text)));
    };
    socket.setEncoding("latin1").on("data", onText);
    socket.on("error", (error: NodeJS.ErrnoException) => end(() => reject(new Error(error.code ?? error.message))));
    socket.on("end", () => end(() => (isComplete(text) ? resolve(servedBy(text)) : reject(new Error("ECONNRESET")))));
    socket.write(`GET / HTTP/1.1\r\nHost: ${name}\r\nConnection: ${keep ? "keep-alive" : "close"}\r\n\r\n`);
  });
}

function isComplete(text: string): boolean {
  const head = text.indexOf("\r\n\r\n");
  return head > 0 && text.length - head - 4 >= Number(/content-length: (\d+)/i.exec(text)?.[1]);
}

const servedBy = (text: string) => new RegExp(`${SERVED_BY}: (\\S+)`, "i").exec(text)?.[1] ?? "?";

/** As the system's resolver finds it: with the search path, and both families. */
async function dial(name: string): Promise<Socket> {
  const found = (await lookup(name, { all: true })).find(({ family }) => family === 4);
  if (found === undefined) throw new Error("ENOTFOUND");
  return connect({ host: found.address, port, family: 4, noDelay: true });
}

async function newConnection(name: string, due: number): Promise<void> {
  try {
    const socket = await dial(name);
    count(answered, await exchange(socket, name, false));
    socket.end();
    fresh.push(now() - due);
  } catch (error) {
    count(failed, (error as NodeJS.ErrnoException).code ?? (error as Error).message);
    failures++;
  }
}

async function openConnection(name: string, due: number): Promise<void> {
  try {
    const socket = idle.pop() ?? (await dial(name));
    await exchange(socket, name, true);
    reused.push(now() - due);
    idle.push(socket);
  } catch {
    failures++;
  }
}

function begin(due: number): void {
  const isFresh = !reuses || begun % 2 === 0;
  const name = names[(reuses ? begun >> 1 : begun) % names.length] ?? "";
  begun++;
  open++;
  (isFresh ? newConnection(name, due) : openConnection(name, due)).finally(() => {
    if (--open === 0) settled?.();
  });
}

function setRate(perSecond: number): void {
  Atomics.store(rate, 0, Math.round(perSecond * (reuses ? 2_000 : 1_000)));
  Atomics.notify(rate, 0);
}

/** When nothing is open any more. A request that was due in this moment may begin still. */
async function settle(): Promise<void> {
  setRate(0);
  do {
    if (open > 0) await new Promise<void>((resolve) => (settled = resolve));
    await new Promise((resolve) => setTimeout(resolve, 50));
  } while (open > 0);
  for (const socket of idle.splice(0)) socket.end();
  report({ type: "attempts", answered, failed });
  [answered, failed] = [{}, {}];
}

async function take(command: LoadCommand): Promise<void> {
  switch (command.type) {
    case "serve":
      return serve(command.port, command.identity);
    case "close":
      return close();
    case "load":
      ({ names, port, reuses } = command);
      if (pacer === null) {
        pacer = new Worker(new URL("./pacer.js", import.meta.url), { workerData: rate.buffer });
        pacer.on("message", begin);
        await new Promise((resolve) => pacer?.once("online", resolve));
      }
      report({ type: "loading" });
      return;
    case "rate":
      return setRate(command.perSecond);
    case "settle":
      return settle();
    case "latencies":
      report({ type: "latencies", fresh, reused, failures });
      [fresh, reused, failures] = [[], [], 0];
  }
}

process.on("message", (command) => {
  take(command as LoadCommand).catch((error: unknown) => report({ type: "problem", text: String(error) }));
});
process.on("disconnect", () => process.exit(0));
report({ type: "ready" });
