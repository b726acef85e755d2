// Runs in pods and outside the cluster, as one file without anything else: answers with its name, and dials what its plan
// says. What it dialed and who answered goes into a file of its own, one JSON line an attempt.

import { lookup } from "node:dns/promises";
import { appendFileSync, existsSync } from "node:fs";
import { connect, createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** One kind of call. */
export interface Call {
  /** What is tried, for people: `ClusterIP`. */
  readonly scenario: string;
  /** A name or an address. */
  readonly host: string;
  readonly port: number;
  readonly family: 4 | 6;
  readonly times: number;
  /**
   * `namespace/name` of the server in the graph, where no server says its name. Several: the server may have gone, and the
   * graph has one of them.
   */
  readonly server?: string | readonly string[];
  /** The server says nothing: the connection ends once it is established. */
  readonly isSilent?: boolean;
}

export interface Plan {
  /** `namespace/name` of this end in the graph, `/name` without a namespace. */
  readonly name: string;
  /** TCP ports to answer on. */
  readonly ports: readonly number[];
  readonly calls: readonly Call[];
  /** Wait for this file before the first call. */
  readonly gate: string;
  /** Appended to. */
  readonly log: string;
  /** Source address of calls. */
  readonly source?: Readonly<Record<"4" | "6", string>>;
  /** Repeat all calls, as long as the file `gate` is there. */
  readonly repeats?: boolean;
  /** Exit after the calls. */
  readonly exits?: boolean;
}

/** One attempt, as the client's kernel reported it. */
export interface Attempt {
  readonly client: string;
  /** Node of the client's pod; null outside the cluster. */
  readonly node: string | null;
  /** As in the graph: who answered; if none did, those that the call names, and the graph has one of them. */
  readonly servers: readonly string[];
  readonly scenario: string;
  readonly outcome: "established" | "refused" | "timed_out" | "unreachable" | "host_not_found" | "try_again";
  /** `address:port` of the client, where its connection was established. */
  readonly source: string | null;
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
  readonly endTime: number;
}

/** What a pod is doing, on a line of its own. Attempts are complete unless it is calling. */
export interface State {
  readonly state: "calling" | "resting" | "done" | "ended";
}

const CONNECT_MILLIS = 2_500;
/** For the name of a server that has answered the SYN. */
const LAST_MILLIS = 8_000;
const GAP_MILLIS = 10;
const POLL_MILLIS = 100;
/** A server goes on until no other node's rules send clients to it. */
const LINGER_MILLIS = 4_000;

const plan = JSON.parse(process.env.PLAN ?? "{}") as Plan;
let isEnding = false;
process.on("SIGTERM", () => {
  isEnding = true;
});

function write(line: object): void {
  appendFileSync(plan.log, `${JSON.stringify(line)}\n`);
}

interface Dialed {
  /** Null: the connection was established, and then the server went away. */
  readonly server: string | null;
  readonly source: string;
}

/** Rejects with the code of the error if no connection is established. */
function dial(address: string, { port, family, isSilent = false }: Call): Promise<Dialed> {
  const localAddress = plan.source?.[family];
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, family, ...(localAddress === undefined ? {} : { localAddress }) });
    let source: string | null = null;
    let text = "";
    const finish = (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      clearTimeout(lastTimer);
      socket.destroy();
      if (source === null) reject(error);
      else resolve({ server: text.endsWith("\n") ? text.trim() : null, source });
    };
    const noAnswer = () => finish(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" }));
    // Where this process had to wait for the CPU, the answer may be there already: it is read before the immediate.
    const timer = setTimeout(() => setImmediate(() => source === null && noAnswer()), CONNECT_MILLIS);
    const lastTimer = setTimeout(noAnswer, LAST_MILLIS);
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    socket.on("connect", () => {
      source = `${socket.localAddress}:${socket.localPort}`;
      if (isSilent) finish(new Error("silent"));
    });
    socket.on("error", finish);
    socket.on("end", () => finish(new Error("ended")));
  });
}

const OUTCOMES: Readonly<Record<string, Attempt["outcome"]>> = {
  ECONNREFUSED: "refused",
  ETIMEDOUT: "timed_out",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  ENOTFOUND: "host_not_found",
  EAI_AGAIN: "try_again",
};

async function attempt(call: Call): Promise<void> {
  const time = Date.now();
  const base = { client: plan.name, node: process.env.NODE_NAME ?? null, scenario: call.scenario, time };
  const note = (servers: readonly string[], outcome: Attempt["outcome"], source: string | null) => {
    if (servers.length > 0) write({ ...base, servers, outcome, source, endTime: Date.now() });
    else write({ ...base, problem: `${outcome}: the plan does not say who may be behind ${call.host}` });
  };
  const unnamed = [call.server ?? []].flat();
  try {
    // Both families are asked for, as most programs do.
    const found = (await lookup(call.host, { all: true })).find(({ family }) => family === call.family);
    if (found === undefined) throw new Error(`${call.host} has no IPv${call.family} address`);
    const { server, source } = await dial(found.address, call);
    note(server === null ? unnamed : [server], "established", source);
  } catch (error) {
    const outcome = OUTCOMES[(error as { code?: string }).code ?? ""];
    if (outcome === undefined) write({ ...base, problem: String(error) });
    else note(unnamed, outcome, null);
  }
}

for (const port of plan.ports) {
  createServer((socket) => socket.on("error", () => {}).end(`${plan.name}\n`)).listen({ port, host: "::" });
}
const isOpen = () => !isEnding && existsSync(plan.gate);
const repeats = plan.repeats === true;
const enter = (state: State["state"]) => write({ state } satisfies State);
while (plan.calls.length > 0 && !isEnding) {
  while (!isEnding && !existsSync(plan.gate)) await delay(POLL_MILLIS);
  if (isEnding) break;
  enter("calling");
  do {
    for (const call of plan.calls) {
      for (let i = 0; i < call.times && (repeats ? isOpen() : !isEnding); i++) {
        await attempt(call);
        await delay(GAP_MILLIS);
      }
    }
  } while (repeats && isOpen());
  if (isEnding) break;
  enter(repeats ? "resting" : "done");
  if (!repeats) break;
}
if (isEnding && plan.calls.length > 0) enter("ended");
while (!isEnding && plan.exits !== true) await delay(POLL_MILLIS);
if (plan.ports.length > 0) await delay(LINGER_MILLIS);
process.exit(0);
