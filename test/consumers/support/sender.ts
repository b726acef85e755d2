// A process that holds senders: each order that its parent gives it over IPC is sent by an exporter of its own, as an agent
// on a node would, all at once, and answered with that exporter's counters.
import { createExporter } from "../../../src/export/create-exporter.ts";
import type { ExportCounters } from "../../../src/export/queue/exporter.ts";
import { plannedInteraction, type TrafficPlan } from "./traffic-plan.ts";

export interface SendOrder {
  readonly id: number;
  readonly endpoint: string;
  readonly plan: TrafficPlan;
}

export interface SendReport {
  readonly id: number;
  readonly counters: ExportCounters;
  readonly problem: string | null;
}

async function send({ id, endpoint, plan }: SendOrder): Promise<SendReport> {
  const exporter = await createExporter(
    // Forty senders share a small machine here: what takes long is not lost.
    { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_TIMEOUT: "300000" },
    { version: "0.0.0", keepNodes: false, times: "replay", maxRetryMillis: 60_000 },
  );
  exporter.start();
  for (let index = 0; index < plan.pairs; index++) {
    await exporter.waitForRoom(1);
    exporter.add(plannedInteraction(plan, index));
  }
  const { counters, problem } = await exporter.drain();
  await exporter.shutdown();
  return { id, counters, problem };
}

process.on("message", async (order: SendOrder) => process.send?.(await send(order)));
process.send?.("ready");
