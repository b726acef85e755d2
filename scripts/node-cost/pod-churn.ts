import { setTimeout as delay } from "node:timers/promises";
import type { ClusterChange } from "../../test/lab/cluster/cluster-life.ts";
import { type LabPod, workloadKey } from "../../test/lab/cluster/cluster-plan.ts";
import { seededRandom } from "../../test/lab/cluster/random.ts";
import type { ApiMirror } from "../../test/lab/support/api-mirror.ts";
import type { BusyNode } from "./busy-node.ts";
import { SERVED_PORT, SERVICE_PORT } from "./node-plan.ts";
import { add, type EdgeCounts, LOOKED_UP } from "./steady-traffic.ts";
import { dials, type Step, serves } from "./turns.ts";

/** From the last packet of a pod to the update of its end, and from there to its successor, at least. */
const END_UPDATE_MILLIS = 400;
const SUCCESSOR_MILLIS = 350;
/** From the creation of a pod to its first packet: scheduler, kubelet and CNI take longer. */
const CREATION_MILLIS = 700;
/** From the first packet of a pod to the update with its address. */
const ADDRESS_UPDATE_MILLIS = { least: 300, most: 1_500 };

/** Pods that take turns while traffic is on; each step waits until what it did has happened. */
export class PodChurn {
  readonly #node: BusyNode;
  readonly #steps: readonly Step[];
  readonly #mirror: ApiMirror;
  readonly #rate: number;
  readonly #random = seededRandom(5);
  readonly #truth: EdgeCounts = new Map();
  readonly #dialers = new Set<LabPod>();
  readonly #problems: string[] = [];
  #next = 0;
  #latestMillis = 0;

  private constructor(node: BusyNode, steps: readonly Step[], mirror: ApiMirror, rate: number) {
    this.#node = node;
    this.#steps = steps;
    this.#mirror = mirror;
    this.#rate = rate;
  }

  /** The first pods serve and dial. */
  static async start(node: BusyNode, steps: readonly Step[], mirror: ApiMirror, rate: number): Promise<PodChurn> {
    const churn = new PodChurn(node, steps, mirror, rate);
    const first = node.cluster.pods.filter(({ from }) => from === 0);
    for (const pod of first.filter(serves)) await churn.#begin(pod);
    for (const pod of first.filter(dials)) await churn.#begin(pod);
    return churn;
  }

  /** Pods that were replaced so far. */
  get pods(): number {
    return this.#next;
  }

  /** Attempts without an answer: the load itself is wrong, and the truth not known. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** The longest time from a pod's first packet until the API server had its address; agents wait for three seconds. */
  get latestSeconds(): number {
    return this.#latestMillis / 1_000;
  }

  /** Replaces the next pod. */
  async step(): Promise<void> {
    const step = this.#steps[this.#next++];
    if (step === undefined) throw new Error("the run is longer than its plan");
    await this.#end(step.ends);
    await delay(END_UPDATE_MILLIS);
    await this.#happens("ends", step.ends);
    await delay(SUCCESSOR_MILLIS);
    await this.#happens("created", step.starts);
    await delay(CREATION_MILLIS);
    const begun = performance.now();
    await this.#begin(step.starts);
    const { least, most } = ADDRESS_UPDATE_MILLIS;
    await delay(least + this.#random.next() * (most - least));
    await this.#happens("known", step.starts);
    this.#latestMillis = Math.max(this.#latestMillis, performance.now() - begun);
    if (serves(step.starts)) await this.#node.route(step.starts.from);
  }

  /** Everybody stops to dial; the connections of the whole run. */
  async end(): Promise<EdgeCounts> {
    for (const pod of [...this.#dialers]) await this.#end(pod);
    return this.#truth;
  }

  async #begin(pod: LabPod): Promise<void> {
    const program = this.#node.program(pod);
    if (serves(pod)) {
      await program.ask({ type: "serve", port: SERVED_PORT, identity: workloadKey(pod.workload) }, "serving");
    } else {
      await program.ask({ type: "load", names: LOOKED_UP, port: SERVICE_PORT, reuses: false }, "loading");
      this.#dialers.add(pod);
      this.#share();
    }
  }

  /** Resolves when the pod has sent its last packet. */
  async #end(pod: LabPod): Promise<void> {
    const program = this.#node.program(pod);
    if (serves(pod)) {
      // The rules forget it first, as kube-proxy does with a pod that terminates.
      await this.#node.route(pod.to);
      await program.ask({ type: "close" }, "closed");
      return;
    }
    this.#dialers.delete(pod);
    this.#share();
    const { answered, failed } = await program.ask({ type: "settle" }, "attempts");
    const client = workloadKey(pod.workload);
    for (const [error, count] of Object.entries(failed)) this.#problems.push(`${client}: ${count} times ${error}`);
    add(this.#truth, new Map(Object.entries(answered).map(([server, count]) => [`${client} ${server}`, count])));
  }

  /** Those that dial share the rate. */
  #share(): void {
    const perSecond = this.#rate / Math.max(1, this.#dialers.size);
    for (const pod of this.#dialers) this.#node.program(pod).send({ type: "rate", perSecond });
  }

  async #happens(what: ClusterChange["what"], pod: LabPod): Promise<void> {
    this.#mirror.write(this.#node.history.apply({ at: 0, pod, what }, Date.now() / 1_000));
    await this.#mirror.written();
  }
}
