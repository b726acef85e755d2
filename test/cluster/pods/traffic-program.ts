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
  /** `namespace/name` of the server in the graph, where no server answers. */
  readonly server?: string;
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

/** One attempt; `server` as in the graph. */
export interface Attempt {
  readonly client: string;
  readonly server: string;
  readonly scenario: string;
  readonly outcome: "established" | "refused" | "timed_out" | "unreachable" | "host_not_found";
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
}

const CONNECT_MILLIS = 2_500;
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

/** Resolves with the server's name; rejects with the code of the error. */
function dial(address: string, { port, family }: Call): Promise<string> {
  const localAddress = plan.source?.[family];
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, family, ...(localAddress === undefined ? {} : { localAddress }) });
    let text = "";
    const timer = setTimeout(() => {
      socket.destroy();
      reject(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" }));
    }, CONNECT_MILLIS);
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    socket.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.on("end", () => {
      clearTimeout(timer);
      socket.end();
      resolve(text.trim());
    });
  });
}

const OUTCOMES: Readonly<Record<string, Attempt["outcome"]>> = {
  ECONNREFUSED: "refused",
  ETIMEDOUT: "timed_out",
  EHOSTUNREACH: "unreachable",
  ENOTFOUND: "host_not_found",
};

async function attempt(call: Call): Promise<void> {
  const time = Date.now();
  const base = { client: plan.name, scenario: call.scenario, time };
  try {
    // Both families are asked for, as most programs do.
    const found = (await lookup(call.host, { all: true })).find(({ family }) => family === call.family);
    if (found === undefined) throw new Error(`${call.host} has no IPv${call.family} address`);
    write({ ...base, server: await dial(found.address, call), outcome: "established" });
  } catch (error) {
    const outcome = OUTCOMES[(error as { code?: string }).code ?? ""];
    if (outcome === undefined || call.server === undefined) write({ ...base, problem: String(error) });
    else write({ ...base, server: call.server, outcome });
  }
}

for (const port of plan.ports) {
  createServer((socket) => socket.on("error", () => {}).end(`${plan.name}\n`)).listen({ port, host: "::" });
}
const mayCall = () => !isEnding && existsSync(plan.gate);
do {
  while (!isEnding && !existsSync(plan.gate)) await delay(POLL_MILLIS);
  for (const call of plan.calls) {
    for (let i = 0; i < call.times && (plan.repeats === true ? mayCall() : !isEnding); i++) {
      await attempt(call);
      await delay(GAP_MILLIS);
    }
  }
} while (plan.repeats === true && plan.calls.length > 0 && !isEnding);
if (plan.calls.length > 0) write({ done: !isEnding });
while (!isEnding && plan.exits !== true) await delay(POLL_MILLIS);
if (plan.ports.length > 0) await delay(LINGER_MILLIS);
process.exit(0);
