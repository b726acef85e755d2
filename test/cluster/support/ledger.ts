import type { CountedEdge } from "../../collector/support/counted-edges.ts";
import type { Attempt } from "../pods/traffic-program.ts";
import type { Bed } from "./bed.ts";
import { type Comparison, compare } from "./compare.ts";
import { collectorEdges } from "./observability.ts";
import { settledEdges } from "./settled.ts";
import { SHOP } from "./workloads.ts";

export interface LedgerResult extends Comparison {
  readonly attempts: readonly Attempt[];
}

/** Truth and graph of one stretch of time, in which the pods that wait for `gate` call. */
export class Ledger {
  readonly #bed: Bed;
  readonly #gate: string;
  readonly #before: readonly CountedEdge[];
  readonly #startMillis = Date.now();

  private constructor(bed: Bed, gate: string, before: readonly CountedEdge[]) {
    this.#bed = bed;
    this.#gate = gate;
    this.#before = before;
  }

  /** Opens the gate. `isEmpty`: the Collector begins to count anew. */
  static async open(bed: Bed, gate: string, isEmpty = false): Promise<Ledger> {
    const ledger = new Ledger(bed, gate, isEmpty ? [] : await collectorEdges(bed));
    bed.open(gate);
    return ledger;
  }

  /** Attempts so far. */
  attempts(): Attempt[] {
    return this.#bed.attempts("", this.#startMillis);
  }

  /** Closes the gate and compares, once the graph has everything, or no more than that after `millis`. */
  async close(millis?: number): Promise<LedgerResult> {
    this.#bed.close(this.#gate);
    await this.#bed.allResting();
    const attempts = this.attempts();
    const earlier = this.#before.reduce((sum, { requests }) => sum + requests, 0);
    const edges = added(this.#before, await settledEdges(this.#bed, earlier + attempts.length, millis));
    // Not what others dial meanwhile: CoreDNS the API server when that was away, the API server kubelets for port-forwards.
    const ofShop = edges.filter(({ clientNamespace, serverNamespace }) =>
      [clientNamespace, serverNamespace].includes(SHOP),
    );
    return { ...compare(attempts, ofShop), attempts };
  }
}

function added(before: readonly CountedEdge[], after: readonly CountedEdge[]): CountedEdge[] {
  const key = (edge: CountedEdge) => [edge.clientNamespace, edge.client, edge.serverNamespace, edge.server].join(" ");
  const known = new Map(before.map((edge) => [key(edge), edge]));
  return after
    .map((edge) => ({
      ...edge,
      requests: edge.requests - (known.get(key(edge))?.requests ?? 0),
      failed: edge.failed - (known.get(key(edge))?.failed ?? 0),
    }))
    .filter(({ requests }) => requests !== 0);
}
