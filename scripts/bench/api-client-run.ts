// EDGE: child_process, fs
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Kubernetes } from "../../test/servers/kubernetes.ts";
import { type Relay, startRelay } from "../../test/servers/relay.ts";
import type { ServiceAccount } from "../../test/servers/service-account.ts";
import { dependent } from "../../test/support/dependent-process.ts";
import { anonymousBytes, captureBufferBytes, proportionalBytes } from "./measure.ts";

/** A program that watches the cluster. */
export interface ApiClient {
  readonly title: string;
  readonly command: readonly string[];
  /** Whether its output on stdout and stderr shows that it has listed the whole cluster. */
  isSynced(output: string): boolean;
}

/** Cost of the program since its start. */
export interface ApiCost {
  readonly seconds: number;
  readonly requests: number;
  readonly receivedBytes: number;
  readonly serverCpuSeconds: number;
}

const POLL_MILLIS = 20;
const SYNC_MILLIS = 300_000;
/** Time in which V8 collects what the first lists have left: after 5 s it may still hold 25 MB of it. */
const REST_MILLIS = 30_000;
/** Time for the last events. */
const PAUSE_MILLIS = 5_000;
/** Linux: USER_HZ. */
const TICKS_PER_SECOND = 100;

/** One run of a program with the API server, through a relay that counts bytes. */
export class ApiClientRun {
  readonly #kubernetes: Kubernetes;
  readonly #user: string;
  readonly #relay: Relay;
  readonly #child: ChildProcess;
  readonly #startMillis = performance.now();
  readonly #requestsBefore: number;
  readonly #cpuBefore: number;
  #output = "";

  private constructor(kubernetes: Kubernetes, account: ServiceAccount, relay: Relay, client: ApiClient) {
    this.#kubernetes = kubernetes;
    this.#user = account.user;
    this.#relay = relay;
    this.#requestsBefore = this.#requests();
    this.#cpuBefore = cpuSeconds(kubernetes.pid());
    this.#child = spawn(...dependent(client.command, "TERM"), {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...account.environment, KUBERNETES_SERVICE_PORT: String(relay.port) },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
      });
    }
  }

  /** Resolves when the program has listed the cluster. Throws with its output if it exits before that, or takes too long. */
  static async start(kubernetes: Kubernetes, account: ServiceAccount, client: ApiClient): Promise<ApiClientRun> {
    const run = new ApiClientRun(kubernetes, account, await startRelay(kubernetes.port), client);
    const deadline = performance.now() + SYNC_MILLIS;
    while (!client.isSynced(run.#output)) {
      if (run.#child.exitCode !== null || performance.now() > deadline) {
        await run.stop();
        throw new Error(`${client.title} has not listed the cluster:\n${run.#output}`);
      }
      await delay(POLL_MILLIS);
    }
    return run;
  }

  cost(): ApiCost {
    return {
      seconds: (performance.now() - this.#startMillis) / 1_000,
      requests: this.#requests() - this.#requestsBefore,
      receivedBytes: this.#relay.received(),
      serverCpuSeconds: cpuSeconds(this.#kubernetes.pid()) - this.#cpuBefore,
    };
  }

  /** Proportional set size of all its processes, half a minute after it has listed the cluster. */
  async restingBytes(): Promise<number> {
    await delay(REST_MILLIS);
    return proportionalBytes(this.#child.pid ?? 0);
  }

  /** The same between changes. */
  async busyBytes(): Promise<number> {
    await delay(PAUSE_MILLIS);
    return proportionalBytes(this.#child.pid ?? 0);
  }

  /** What of that are heaps and stacks. */
  anonymousBytes(): number {
    return anonymousBytes(this.#child.pid ?? 0);
  }

  /** What of that is the buffer of the capture. */
  captureBufferBytes(): number {
    return captureBufferBytes(this.#child.pid ?? 0);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill("SIGTERM");
      await once(this.#child, "exit");
    }
    await this.#relay.stop();
  }

  #requests(): number {
    return this.#kubernetes.requests().filter(({ user }) => user === this.#user).length;
  }
}

/** User and system time of a process so far. */
export function cpuSeconds(pid: number): number {
  // The name in parentheses may contain spaces, so fields are counted after it.
  const [, rest = ""] = /\) (.*)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
  const fields = rest.split(" ").map(Number);
  return ((fields[11] ?? 0) + (fields[12] ?? 0)) / TICKS_PER_SECOND;
}
