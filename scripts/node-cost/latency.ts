// EDGE: process
// `npm run bench:latency`: what the agent costs others. A small HTTP service on the agent's node answers at a constant rate;
// latencies with and without the agent, in turn, and the interval of their difference.
import { loadavg } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import Table from "cli-table3";
import { type CollectorProcess, startCollector } from "../../test/collector/support/collector-process.ts";
import { type Cleanup, withCleanup } from "../cleanup.ts";
import { optionsOf } from "../options.ts";
import { BusyNode } from "./busy-node.ts";
import { CpuShares, chartRequests } from "./cpu-shares.ts";
import { raisePriority } from "./priority.ts";
import type { RunningAgent } from "./running-agent.ts";
import { type Estimate, MIN_PAIRS, pairedDifference, quantile } from "./statistics.ts";
import { SteadyTraffic, steadyPlan } from "./steady-traffic.ts";

const USAGE = `Usage: npm run bench:latency -- [options]     as root
  --pairs N        windows with the agent, each beside one without it (12)
  --seconds N      length of a window (10)
  --rate N         new connections per second, and as many requests on open connections (200)
  --request N      CPU request of each other pod, in millicores (100); the agent's is the chart's. 0: all processes alike
  --warm-up N      seconds from the agent's start to its first window (60): V8 compiles meanwhile
  --no-export      the agent sends nothing, so the Collector has nothing to do
Exit codes: 0 no difference, or one within the limit of 5 % of the latency without the agent; 1 more than that is certain;
2 a wrong argument.`;

const options = optionsOf(USAGE, {
  pairs: { type: "string", default: "12" },
  seconds: { type: "string", default: "10" },
  rate: { type: "string", default: "200" },
  request: { type: "string", default: "100" },
  "warm-up": { type: "string", default: "60" },
  "no-export": { type: "boolean", default: false },
});
const pairs = Number(options.pairs);
const request = Number(options.request);
const warmUpMillis = Number(options["warm-up"]) * 1_000;
const environment = options["no-export"] ? { OTEL_TRACES_EXPORTER: "none" } : {};
/** Of the latency without the agent. */
const LIMIT = 0.05;
/** Before each window: after the agent has ended, and between two with it. */
const PAUSE_MILLIS = 3_000;
const FIRST_WARM_UP_MILLIS = 10_000;

const say = (text: string) => console.error(`bench:latency: ${text}`);

if (!(pairs >= MIN_PAIRS)) {
  console.error(`--pairs is a number of at least ${MIN_PAIRS}\n\n${USAGE}`);
  process.exit(2);
}

const FIGURES = {
  "new connection, p50": ({ fresh }: Requests) => quantile(fresh, 0.5),
  "new connection, p99": ({ fresh }: Requests) => quantile(fresh, 0.99),
  "open connection, p50": ({ reused }: Requests) => quantile(reused, 0.5),
  "open connection, p99": ({ reused }: Requests) => quantile(reused, 0.99),
};
type Figure = keyof typeof FIGURES;

interface Requests {
  readonly fresh: readonly number[];
  readonly reused: readonly number[];
}

/** Milliseconds. */
interface Window {
  readonly hasAgent: boolean;
  readonly figures: Readonly<Record<Figure, number>>;
}

raisePriority(say);
await withCleanup(async (cleanup) => {
  const shares = request === 0 ? null : makeShares(cleanup);
  const collector = await startCollector();
  cleanup.add(() => collector.stop());
  shares?.application("collector", collector.pid);
  const node = await BusyNode.start(steadyPlan(), cleanup, { shares });
  const isWithin = print(await measure(node, collector));
  console.log(shares === null ? "CPU: all processes alike" : `CPU shares as kubelet gives them: ${requests()}`);
  return isWithin ? 0 : 1;
});

/** Null where they cannot be made. */
function makeShares(cleanup: Cleanup): CpuShares | null {
  try {
    return CpuShares.make(request, cleanup);
  } catch (error) {
    say(
      `all processes have the same share of a busy core, not the one of their CPU request: ${(error as Error).message}`,
    );
    return null;
  }
}

function requests(): string {
  const { sensor, agent } = chartRequests();
  return `${sensor}m requested for the sensor, ${agent}m for the agent, ${request}m for each other pod`;
}

async function measure(node: BusyNode, collector: CollectorProcess): Promise<Window[]> {
  const traffic = await SteadyTraffic.start(node, true);
  traffic.rate(Number(options.rate));
  await delay(FIRST_WARM_UP_MILLIS);
  const windows: Window[] = [];
  let agent: RunningAgent | null = null;
  for (let i = 0; i < pairs * 2; i++) {
    const hasAgent = isWith(i);
    if (hasAgent && agent === null) {
      agent = await node.startAgent({ collector: collector.ports.otlp, environment });
      await delay(warmUpMillis);
    }
    if (!hasAgent && agent !== null) {
      await agent.stop();
      agent = null;
    }
    await delay(PAUSE_MILLIS);
    await traffic.latencies();
    await delay(Number(options.seconds) * 1_000);
    const requests = await traffic.latencies();
    const figures = Object.fromEntries(Object.entries(FIGURES).map(([name, of]) => [name, of(requests)]));
    windows.push({ hasAgent, figures: figures as Record<Figure, number> });
    const shown = Object.values(figures).map((millis) => millis.toFixed(3));
    say(
      `${hasAgent ? "with   " : "without"} ${shown.join(" ")} ms, ${requests.fresh.length} requests, load ${loadavg()[0]?.toFixed(1)}`,
    );
  }
  await agent?.stop();
  return windows;
}

/** Without, with, with, without, without …: a drift of the machine is the same for both. */
function isWith(window: number): boolean {
  return window % 4 === 1 || window % 4 === 2;
}

/** Whether every difference may be within the limit. */
function print(windows: readonly Window[]): boolean {
  const micros = (millis: number) => (millis * 1_000).toFixed(0);
  const interval = ({ value, low, high }: Estimate) => `${micros(value)} (${micros(low)} to ${micros(high)})`;
  const table = new Table({
    head: ["µs", "without", "with", "difference (95 % interval)", "between equal windows"],
    style: { head: [], border: [] },
  });
  const beyond: string[] = [];
  for (const figure of Object.keys(FIGURES) as Figure[]) {
    const of = (window: Window | undefined) => window?.figures[figure] ?? Number.NaN;
    const mid = (hasAgent: boolean) => quantile(windows.filter((w) => w.hasAgent === hasAgent).map(of), 0.5);
    const perPair: number[] = [];
    const equal: number[] = [];
    for (let i = 0; i < windows.length; i += 2) {
      const [first, second] = [windows[i], windows[i + 1]];
      perPair.push(second?.hasAgent ? of(second) - of(first) : of(first) - of(second));
      if (windows[i + 2] !== undefined) equal.push(Math.abs(of(windows[i + 2]) - of(second)));
    }
    const difference = pairedDifference(perPair);
    if (difference.low > LIMIT * mid(false)) beyond.push(figure);
    const verdict = difference.low > 0 ? "" : difference.high < 0 ? ", less" : ", below the noise";
    table.push([
      figure,
      micros(mid(false)),
      micros(mid(true)),
      interval(difference) + verdict,
      micros(quantile(equal, 0.5)),
    ]);
  }
  console.log(table.toString());
  console.log(
    `medians of ${pairs} pairs of windows of ${options.seconds} s with ${options.rate} requests a second of each kind; ` +
      "the last column is the median difference of windows next to each other that both have the agent, or both have not",
  );
  for (const figure of beyond) say(`${figure}: more than ${LIMIT * 100} % is certain`);
  return beyond.length === 0;
}
