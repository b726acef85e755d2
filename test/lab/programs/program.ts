// EDGE: net, dns, process
// The program in each namespace of the laboratory: it serves ports, runs client actions, and reports the results of its
// end of each connection. It ends when its stdin ends.

import { lookup } from "node:dns/promises";
import { createServer, type Server, Socket } from "node:net";
import { setPriority } from "node:os";
import { createInterface } from "node:readline";
import type { ClientAction, ClientResult, ConnectOutcome, ProgramCommand, ProgramReport } from "./program-messages.ts";

/** Clients give up then: past the fourth repeated SYN of current kernels (1.0, 2.0, 3.1, 4.1 s). */
const GIVE_UP_MS = 4200;
const IDLE_MS = 10_000;

const servers = new Map<number, Server>();

const report = (message: ProgramReport): void => {
  process.stdout.write(`${JSON.stringify(message)}\n`);
};

/**
 * Milliseconds of `Date.now()` at `performance.now()` 0. `performance.timeOrigin` is off by as long as the process was held
 * up between its two clocks; the largest of many differences is off by less than a millisecond.
 */
const originMillis = Math.max(...Array.from({ length: 1_000 }, () => Date.now() - performance.now()));

const nowSeconds = (): number => Math.round((originMillis + performance.now()) * 1000) / 1e6;

const plainAddress = (address: string | undefined): string => (address ?? "").replace(/^::ffff:/, "");

function listen(port: number, owner: string, reset: boolean): void {
  const server = createServer((socket) => {
    let text = "";
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (!text.endsWith("\n") || text.length > 64) return;
      const [id = 0, index = 0] = text.trim().split(" ").map(Number);
      const peer = [plainAddress(socket.remoteAddress), socket.remotePort ?? 0] as const;
      const local = [plainAddress(socket.localAddress), socket.localPort ?? 0] as const;
      report({ type: "accept", id, index, owner, peer, local });
      if (reset) socket.resetAndDestroy();
      else socket.end("ok\n");
    });
  });
  server.on("error", (error) => fail(`cannot listen on ${port}: ${error.message}`));
  server.listen({ port, host: "::", exclusive: true }, () => report({ type: "listening" }));
  servers.set(port, server);
}

async function act(action: ClientAction): Promise<void> {
  const lookupTime = action.name === null ? null : nowSeconds();
  let addresses: readonly string[] | null = null;
  if (action.name !== null) {
    try {
      const found = await lookup(action.name, { all: true, family: action.family, verbatim: true });
      addresses = found.map(({ address }) => address);
    } catch (error) {
      const { code = "" } = error as NodeJS.ErrnoException;
      const outcome = code === "ENOTFOUND" ? "nxdomain" : "error";
      report(lookupResult(action, lookupTime, null, outcome, code));
      return;
    }
    if (action.connections === 0) {
      report(lookupResult(action, lookupTime, addresses, "ok", null));
      return;
    }
  }
  const address = action.address ?? addresses?.[0];
  if (address === undefined) return;
  for (let index = 0; index < action.connections; index++) {
    if (index > 0) await new Promise((resolve) => setTimeout(resolve, action.gapMs));
    const first = index === 0;
    report(await connect(action, index, address, first ? lookupTime : null, first ? addresses : null));
  }
}

function lookupResult(
  action: ClientAction,
  lookupTime: number | null,
  addresses: readonly string[] | null,
  outcome: ConnectOutcome,
  error: string | null,
): ClientResult {
  return {
    type: "result",
    id: action.id,
    index: 0,
    lookupTime,
    addresses,
    time: lookupTime ?? 0,
    connectedTime: null,
    endTime: nowSeconds(),
    dialled: null,
    local: null,
    outcome,
    reset: false,
    error,
  };
}

const OUTCOMES: Readonly<Record<string, ConnectOutcome>> = { ECONNREFUSED: "refused", ETIMEDOUT: "timeout" };

function connect(
  action: ClientAction,
  index: number,
  address: string,
  lookupTime: number | null,
  addresses: readonly string[] | null,
): Promise<ClientResult> {
  return new Promise((resolve) => {
    const localPort = action.localPorts[index] ?? 0;
    const socket = new Socket();
    let connectedTime: number | null = null;
    let local: readonly [string | null, number] = [null, localPort];
    let outcome: ConnectOutcome | null = null;
    let error: string | null = null;
    let reset = false;
    const patience = setTimeout(() => {
      if (outcome === null) outcome = "timeout";
      socket.destroy();
    }, GIVE_UP_MS);
    socket.on("connect", () => {
      clearTimeout(patience);
      connectedTime = nowSeconds();
      outcome = "ok";
      local = [plainAddress(socket.localAddress), socket.localPort ?? localPort];
      socket.setTimeout(IDLE_MS, () => socket.destroy());
      socket.write(`${action.id} ${index}\n`);
    });
    socket.on("data", () => undefined);
    socket.on("error", (problem: NodeJS.ErrnoException) => {
      if (outcome === "ok") reset = problem.code === "ECONNRESET";
      else outcome ??= OUTCOMES[problem.code ?? ""] ?? "error";
      error = problem.code ?? problem.message;
    });
    socket.on("close", () => {
      clearTimeout(patience);
      const result = { type: "result", id: action.id, index, lookupTime, addresses, time, connectedTime } as const;
      const dialled = [address, action.port] as const;
      resolve({ ...result, endTime: nowSeconds(), dialled, local, outcome: outcome ?? "error", reset, error });
    });
    // A socket calls connect(2) in the next tick of the event loop: the clock is read right before it.
    let time = 0;
    process.nextTick(() => {
      time = nowSeconds();
    });
    const from = action.from === null ? {} : { localAddress: action.from };
    socket.connect({ host: address, port: action.port, localPort, ...from });
  });
}

function obey(command: ProgramCommand): void {
  switch (command.type) {
    case "listen":
      listen(command.port, command.owner, command.reset);
      return;
    case "close":
      servers.get(command.port)?.close();
      servers.delete(command.port);
      return;
    case "act":
      for (const action of command.actions) {
        setTimeout(() => void act(action), Math.max(0, action.atMs - nowSeconds() * 1000));
      }
  }
}

function fail(message: string): void {
  console.error(`program: ${message}`);
  process.exitCode = 1;
}

// What it writes down are times: it must not wait behind whatever else the machine does.
setPriority(-10);
const input = createInterface({ input: process.stdin });
input.on("line", (line) => obey(JSON.parse(line) as ProgramCommand));
input.on("close", () => process.exit());
report({ type: "ready" });
