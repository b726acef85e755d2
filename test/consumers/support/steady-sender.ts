// A process that holds several agents under a steady load: each its own exporter, sending as it would live.
// Argument: a SteadyLoad as JSON. Sends `ready` to its parent, starts on its message, and returns the counters at the end.
import { createExporter } from "../../../src/export/create-exporter.ts";
import type { ExportCounters } from "../../../src/export/queue/exporter.ts";
import { interaction, workload } from "../../export/support/sample-interactions.ts";

export interface SteadyLoad {
  readonly endpoint: string;
  /** Numbers of the agents of this process. */
  readonly agents: readonly number[];
  /** Of each agent. */
  readonly edges: number;
  readonly connectionsPerSecond: number;
  readonly seconds: number;
}

export interface SteadyReport {
  readonly counters: readonly ExportCounters[];
  readonly problems: readonly string[];
  /** How long it took: more than it should where the machine is too slow for the load. */
  readonly seconds: number;
}

const TICK_MILLIS = 20;
const load = JSON.parse(process.argv[2] ?? "{}") as SteadyLoad;

async function run(): Promise<SteadyReport> {
  const problems: string[] = [];
  const exporters = await Promise.all(
    load.agents.map(() =>
      createExporter(
        // The question is what Tempo's limits take, not how fast this machine is.
        { OTEL_EXPORTER_OTLP_ENDPOINT: load.endpoint, OTEL_EXPORTER_OTLP_TIMEOUT: "20000" },
        {
          version: "0.0.0",
          keepNodes: false,
          times: "live",
          onChange: (problem, isSameFailure) => {
            if (!isSameFailure) problems.push(problem ?? "works again");
          },
        },
      ),
    ),
  );
  for (const exporter of exporters) exporter.start();
  const startedAt = performance.now();
  const total = load.connectionsPerSecond * load.seconds;
  let added = 0;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const elapsed = (performance.now() - startedAt) / 1000;
      // Never more than two ticks' worth at once: a machine that was away takes longer, and does not make a burst of it.
      const atMost = added + Math.ceil((load.connectionsPerSecond * TICK_MILLIS * 2) / 1000);
      const due = Math.min(total, atMost, Math.floor(elapsed * load.connectionsPerSecond));
      for (; added < due; added++) {
        const edge = added % load.edges;
        for (const [i, exporter] of exporters.entries()) {
          exporter.add(
            interaction({
              // Every edge has a client of its own: as many traces as these edges can make.
              client: workload(`client-${load.agents[i]}-${edge}`),
              server: workload(`server-${edge % 40}`),
              timeMicros: Date.now() * 1000 - 500,
            }),
          );
        }
      }
      if (added < total) return;
      clearInterval(timer);
      resolve();
    }, TICK_MILLIS);
  });
  const seconds = (performance.now() - startedAt) / 1000;
  for (const exporter of exporters) {
    await exporter.drain();
    await exporter.shutdown();
  }
  return { counters: exporters.map(({ counters }) => counters), problems, seconds };
}

process.once("message", async () => process.send?.(await run()));
process.send?.("ready");
