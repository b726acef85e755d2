import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { ConsumerNamespace } from "./consumer-namespace.ts";
import type { SendOrder, SendReport } from "./sender.ts";
import type { TrafficPlan } from "./traffic-plan.ts";

/** Senders with an exporter each, in processes that are started and wait for their orders, so that all begin at once. */
export class Senders {
  readonly #processes: readonly ChildProcess[];
  readonly #waiting = new Map<number, (report: SendReport) => void>();
  #orders = 0;

  private constructor(processes: readonly ChildProcess[]) {
    this.#processes = processes;
    for (const process of processes) {
      process.on("message", (report: SendReport) => this.#waiting.get(report.id)?.(report));
    }
  }

  static async start(inside: ConsumerNamespace, processCount: number): Promise<Senders> {
    const processes = Array.from({ length: processCount }, () => inside.fork(new URL("./sender.js", import.meta.url)));
    await Promise.all(processes.map((process) => once(process, "message")));
    return new Senders(processes);
  }

  /** Sends each plan by a sender of its own, all at once; every pair must be accepted. */
  async send(endpoint: string, plans: readonly TrafficPlan[]): Promise<void> {
    const reports = await Promise.all(plans.map((plan) => this.#order(endpoint, plan)));
    for (const [i, { counters, problem }] of reports.entries()) {
      assert.equal(counters.sent, plans[i]?.pairs, `${problem} ${JSON.stringify(counters)}`);
    }
  }

  #order(endpoint: string, plan: TrafficPlan): Promise<SendReport> {
    const id = this.#orders++;
    const order: SendOrder = { id, endpoint, plan };
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#processes[id % this.#processes.length]?.send(order);
    });
  }
}
