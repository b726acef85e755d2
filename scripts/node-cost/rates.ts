// EDGE: process
// `npm run bench:node`: what the agent takes of its node at constant rates of new connections, each with a lookup along the
// search path: CPU as millicores and as a multiple of tcpdump's, which sees the same packets at the same time; and memory.
import { loadavg } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import Table from "cli-table3";
import { type CollectorProcess, startCollector } from "../../test/collector/support/collector-process.ts";
import { end } from "../../test/lab/support/commands.ts";
import { median } from "../bench/measure.ts";
import { withCleanup } from "../cleanup.ts";
import { optionsOf } from "../options.ts";
import { BusyNode } from "./busy-node.ts";
import { raisePriority } from "./priority.ts";
import { cpuMillis } from "./processes.ts";
import type { PerProcess } from "./running-agent.ts";
import { add, countsOf, differences, type EdgeCounts, SteadyTraffic, steadyPlan, total } from "./steady-traffic.ts";

const USAGE = `Usage: npm run bench:node -- [options]     as root
  --rates LIST     new connections per second (0,100,500,2000)
  --seconds N      one measurement (20)
  --rounds N       measurements of each rate, in turn; the table has medians (3)
Exit codes: 0 the Collector counted every connection; 1 it did not, or a rate was not reached; 2 a wrong argument.`;

const options = optionsOf(USAGE, {
  rates: { type: "string", default: "0,100,500,2000" },
  seconds: { type: "string", default: "20" },
  rounds: { type: "string", default: "3" },
});
const rates = options.rates.split(",").map(Number);
const seconds = Number(options.seconds);
const WARM_UP_MILLIS = 5_000;
/** The longest time until a connection is reported. */
const LAST_VERDICT_MILLIS = 11_000;
/** A rate counts as reached. */
const REACHED = 0.98;

interface Window {
  readonly rate: number;
  readonly made: number;
  /** CPU milliseconds per second. */
  readonly millicores: PerProcess<number> & { readonly tcpdump: number };
  readonly resident: PerProcess<number>;
  readonly proportional: PerProcess<number>;
}

const say = (text: string) => console.error(`bench:node: ${text}`);

raisePriority(say);
await withCleanup(async (cleanup) => {
  const collector = await startCollector();
  cleanup.add(() => collector.stop());
  const node = await BusyNode.start(steadyPlan(), cleanup);
  return (await bench(node, collector)) ? 0 : 1;
});

async function bench(node: BusyNode, collector: CollectorProcess): Promise<boolean> {
  const traffic = await SteadyTraffic.start(node, false);
  const agent = await node.startAgent({ collector: collector.ports.otlp });
  const tcpdump = await node.startTcpdump();
  const truth: EdgeCounts = new Map();
  const windows: Window[] = [];
  const sample = () => ({ ...agent.cpu(), tcpdump: cpuMillis(tcpdump.pid ?? 0), at: performance.now() });
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const rate of rates) {
      traffic.rate(rate);
      await delay(WARM_UP_MILLIS);
      add(truth, await traffic.settle());
      traffic.rate(rate);
      const before = sample();
      await delay(seconds * 1_000);
      const after = sample();
      const held = agent.held();
      const counts = await traffic.settle();
      add(truth, counts);
      const per = (now: number, then: number) => (now - then) / ((after.at - before.at) / 1_000);
      const window = {
        rate,
        made: total(counts) / ((after.at - before.at) / 1_000),
        millicores: {
          sensor: per(after.sensor, before.sensor),
          agent: per(after.agent, before.agent),
          tcpdump: per(after.tcpdump, before.tcpdump),
        },
        resident: { sensor: held.sensor.resident, agent: held.agent.resident },
        proportional: { sensor: held.sensor.proportional, agent: held.agent.proportional },
      };
      windows.push(window);
      const { sensor, agent: main, tcpdump: peer } = window.millicores;
      say(
        `${rate}/s: ${window.made.toFixed(0)} made, millicores ${sensor.toFixed(1)} + ${main.toFixed(1)}, tcpdump ${peer.toFixed(1)}, load ${loadavg()[0]?.toFixed(1)}`,
      );
    }
  }
  await delay(LAST_VERDICT_MILLIS);
  const wrong = differences(truth, countsOf(await collector.edgesOf(total(truth))));
  await end(tcpdump);
  const { code, stats, stderr } = await agent.stop();
  print(windows);
  for (const sentence of wrong) say(sentence);
  say(`${total(truth)} connections, exit code of the agent ${code}, kernel drops ${stats.kernelDrops}`);
  if (code !== 0) say(stderr);
  const missed = windows.filter(({ rate, made }) => made < rate * REACHED).map(({ rate }) => rate);
  if (missed.length > 0) say(`not reached on this machine: ${[...new Set(missed)].join(", ")} connections a second`);
  return wrong.length === 0 && missed.length === 0;
}

function print(windows: readonly Window[]): void {
  const table = new Table({
    head: [
      "new connections/s",
      "sensor",
      "agent",
      "both, millicores",
      "tcpdump",
      "ratio",
      "µs each",
      "RSS, MB",
      "PSS, MB",
    ],
    style: { head: [], border: [] },
  });
  for (const rate of rates) {
    const of = windows.filter((window) => window.rate === rate);
    const mid = (pick: (window: Window) => number) => median(of.map(pick));
    const both = ({ millicores }: Window) => millicores.sensor + millicores.agent;
    const pair = (pick: (window: Window) => PerProcess<number>) =>
      `${(mid((w) => pick(w).sensor) / 1e6).toFixed(0)} + ${(mid((w) => pick(w).agent) / 1e6).toFixed(0)}`;
    table.push([
      rate,
      mid((w) => w.millicores.sensor).toFixed(1),
      mid((w) => w.millicores.agent).toFixed(1),
      mid(both).toFixed(1),
      mid((w) => w.millicores.tcpdump).toFixed(1),
      mid((w) => both(w) / w.millicores.tcpdump).toFixed(1),
      rate === 0 ? "" : mid((w) => (both(w) * 1_000) / w.made).toFixed(0),
      pair((w) => w.resident),
      pair((w) => w.proportional),
    ]);
  }
  console.log(table.toString());
  console.log(`medians of ${options.rounds} measurements of ${seconds} s; memory is that of sensor + agent`);
}
