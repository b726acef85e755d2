// EDGE: timers, the clock.
/**
 * Live capture on this node: a sensor, forked or behind a socket, and the pipeline behind it. Runs until it is stopped; it
 * continues when a sensor, the log of events or the Collector fails.
 */
import type { NodeOptions, Pipeline } from "../pipeline.ts";
import type { SensorSource } from "../sensor/sensor-child.ts";
import { connectToSensor } from "../sensor/sensor-connection.ts";
import { startSensorProcess } from "../sensor/sensor-process.ts";
import type { RunningSensor, SensorEvent, SensorHandlers } from "../sensor/sensor-supervisor.ts";
import { type CaptureStats, SensorTotals } from "./capture-stats.ts";
import { agentFacts } from "./fact-handlers.ts";
import { ownAddresses } from "./own-addresses.ts";
import { ownRoutes } from "./own-routes.ts";

/** Bridges and tunnels of the pod network come up with the first pod. */
const REFRESH_MILLIS = 10_000;

/** A sensor as a child process, or the socket of one that runs as a program of its own. */
export type FactSource = SensorSource | { readonly type: "socket"; readonly path: string };

interface NodeCaptureOptions {
  readonly source: FactSource;
  readonly node: NodeOptions;
  /** Called before packet time advances: hands the cluster updates received since to the feed. */
  readonly applyUpdates: () => void;
  /** How often the addresses of this machine's interfaces are read; 10 s. */
  readonly refreshMillis?: number;
}

interface NodeCaptureHandlers {
  /** Packet time has reached `micros`. */
  time(micros: number): void;
  sensorEvent(event: SensorEvent): void;
  /** Takes what is not known of this machine's network, each sentence once. */
  problem(sentence: string): void;
}

export interface NodeCapture {
  /** Resolves when it has stopped; rejects with CaptureError when the source is a file that cannot be read. */
  readonly ended: Promise<void>;
  stats(): CaptureStats;
  /** Stops the sensor, then resolves all pending facts. Idempotent. */
  stop(): Promise<void>;
}

/** Resolves when packets are captured. Throws CaptureError when they cannot be. */
export async function startNodeCapture(
  options: NodeCaptureOptions,
  pipeline: Pipeline,
  handlers: NodeCaptureHandlers,
): Promise<NodeCapture> {
  const { source, applyUpdates } = options;
  const { feed, dnsPorts } = options.node;
  const refreshing = refreshOwnNetwork(options, handlers);
  const node = pipeline.node(options.node);
  const totals = new SensorTotals();
  let isFirstSensor = true;
  const sensor = await startSensor(source, dnsPorts, {
    facts: agentFacts({
      node,
      totals,
      applyUpdates,
      time: (micros) => handlers.time(micros),
      nowMillis: () => performance.now(),
      wallMicros: () => Date.now() * 1_000,
      isLive: source.type !== "file",
    }),
    event(event) {
      const countsFromZero = event.type === "started" ? !event.hasSameCounters : source.type !== "socket";
      // The sensor that this agent finds may have served others before; each later one is new.
      if (countsFromZero) totals.end(source.type === "socket" && isFirstSensor);
      if (event.type === "started") isFirstSensor = false;
      else node.interrupt();
      handlers.sensorEvent(event);
    },
  });
  let hasEnded = false;
  const ended = sensor.ended.finally(() => {
    hasEnded = true;
    clearInterval(refreshing);
    applyUpdates();
    node.finish();
  });
  // Avoid an unhandled rejection if nothing awaits it.
  ended.catch(() => {});
  return {
    ended,
    stats() {
      const { starts, lost, lastReason, cutShort } = sensor.counters();
      const resolve = node.resolveCounters();
      const stats = totals.stats(resolve);
      return {
        ...stats,
        agents: feed.index.agents.counts(),
        outcomes: { ...resolve.outcomes },
        sensor: { starts, lost, lastReason, cutShort, unread: hasEnded ? stats.kernelQueued : totals.earlierQueued },
      };
    },
    async stop() {
      await sensor.stop();
      await ended.catch(() => {});
    },
  };
}

async function startSensor(
  source: FactSource,
  dnsPorts: readonly number[],
  handlers: SensorHandlers,
): Promise<RunningSensor> {
  if (source.type === "socket") return connectToSensor({ path: source.path, dnsPorts }, handlers);
  return startSensorProcess({ source, dnsPorts }, handlers);
}

/** Passes this machine's addresses and routes to the cluster index, now and at intervals: the API does not list all of them. */
function refreshOwnNetwork(
  { source, node: { feed, node }, refreshMillis }: NodeCaptureOptions,
  handlers: NodeCaptureHandlers,
): NodeJS.Timeout {
  const reported = new Set<string>();
  const refresh = (): void => {
    if (node === null || source.type === "file") return;
    feed.index.setOwnAddresses(node, ownAddresses());
    const { routes, problems } = ownRoutes();
    feed.index.setOwnRoutes(routes);
    for (const problem of problems) {
      if (reported.has(problem)) continue;
      reported.add(problem);
      handlers.problem(problem);
    }
  };
  refresh();
  return setInterval(refresh, refreshMillis ?? REFRESH_MILLIS).unref();
}
