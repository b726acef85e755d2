// EDGE: this machine's interfaces, timers.
/**
 * The agent: a sensor process on a live device, the pipeline behind it, and what is made of its interactions. Runs until
 * it is stopped; the loss of a sensor, of the log of events or of the Collector ends nothing.
 */
import { networkInterfaces } from "node:os";
import { canonicalAddress } from "../model/address.ts";
import { type Interaction, OUTCOMES, type Outcome } from "../model/interaction.ts";
import { Pipeline, type PipelineOptions } from "../pipeline.ts";
import type { SensorSource } from "../sensor/sensor-child.ts";
import { type SensorEvent, type SensorProcessCounters, startSensorProcess } from "../sensor/sensor-process.ts";
import { type SensorFigures, type Stats, sumStats, toStats } from "../telemetry/stats.ts";

/** Bridges and tunnels of the pod network come up when the first pod does. */
const RENEW_MILLIS = 10_000;

export interface AgentOptions {
  readonly source: SensorSource;
  readonly pipeline: PipelineOptions;
  /** Called before time moves on: news of the cluster that has come meanwhile goes to the feed. */
  readonly applyUpdates: () => void;
  /** How often the addresses of this machine's interfaces are read; 10 s. */
  readonly renewMillis?: number;
}

export interface AgentHandlers {
  interaction(interaction: Interaction): void;
  /** How far packet time has come. */
  time(micros: number): void;
  sensorEvent(event: SensorEvent): void;
}

/** Stats of the whole run, over all lives of the sensor, and how often it had to be started. */
export interface AgentStats extends Stats {
  /** Agents of the cluster, as it shows them now. */
  readonly agents: { readonly ready: number; readonly notReady: number };
  /** Interactions by outcome. */
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly sensor: Pick<SensorProcessCounters, "starts" | "lost" | "lastReason" | "cutShort"> & {
    /** Packets that were received, and that a sensor had not read when it ended. */
    readonly unread: number;
  };
}

export interface Agent {
  /** Resolves when it has stopped; rejects with CaptureError when a file was to be read and cannot be. */
  readonly ended: Promise<void>;
  stats(): AgentStats;
  /** Stops the sensor, then tells all that can still be told. Idempotent. */
  stop(): Promise<void>;
}

/** Resolves when packets are captured. Throws CaptureError when they cannot be. */
export async function startAgent(options: AgentOptions, handlers: AgentHandlers): Promise<Agent> {
  const { feed, node } = options.pipeline;
  const renewOwn = (): void => {
    if (node !== null && options.source.type === "device") feed.index.setOwnAddresses(node, ownAddresses());
  };
  renewOwn();
  const renewal = setInterval(renewOwn, options.renewMillis ?? RENEW_MILLIS).unref();
  const outcomes = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  const pipeline = new Pipeline(options.pipeline, (interaction) => {
    outcomes[interaction.outcome]++;
    handlers.interaction(interaction);
  });
  const figures = new SensorLives();
  const sensor = await startSensorProcess(
    { source: options.source, dnsPorts: options.pipeline.dnsPorts },
    {
      facts: {
        connection: (connection) => pipeline.connection(connection),
        lookup: (lookup) => pipeline.lookup(lookup),
        counters: (counters) => figures.update(counters as SensorFigures),
        time(micros) {
          options.applyUpdates();
          pipeline.time(micros);
          handlers.time(micros);
        },
      },
      event(event) {
        if (event.type === "lost") figures.end();
        handlers.sensorEvent(event);
      },
    },
  );
  let hasEnded = false;
  const ended = sensor.ended.finally(() => {
    hasEnded = true;
    clearInterval(renewal);
    options.applyUpdates();
    pipeline.finish();
  });
  // Who waits for neither must not be ended by it.
  ended.catch(() => {});
  return {
    ended,
    stats() {
      const { starts, lost, lastReason, cutShort } = sensor.counters();
      const stats = sumStats(figures.earlier, toStats(figures.now, pipeline.resolveCounters()));
      const unread = hasEnded ? stats.kernelQueued : figures.earlier.kernelQueued;
      return {
        ...stats,
        agents: feed.index.agents.counts(),
        outcomes: { ...outcomes },
        sensor: { starts, lost, lastReason, cutShort, unread },
      };
    },
    async stop() {
      await sensor.stop();
      await ended.catch(() => {});
    },
  };
}

const NOTHING_RESOLVED = {
  ...{ connections: 0, lookups: 0, interactions: 0, unresolved: 0, ignored: {} },
  ...{ waiting: 0, waitingEvicted: 0, namesEvicted: 0, externalNamesOverflow: 0 },
};

/** Each sensor counts from zero; what those before it had counted last is kept. */
class SensorLives {
  now: SensorFigures | null = null;
  earlier: Stats = toStats(null, NOTHING_RESOLVED);
  #longestDispatchMillis = 0;

  update(figures: SensorFigures): void {
    // The sensor tells the longest one since it told last.
    const longest = Math.max(this.#longestDispatchMillis, figures.source?.longestDispatchMillis ?? 0);
    this.#longestDispatchMillis = longest;
    this.now = { ...figures, source: { ...figures.source, longestDispatchMillis: longest } };
  }

  end(): void {
    const life = toStats(this.now, NOTHING_RESOLVED);
    this.earlier = sumStats(this.earlier, { ...life, tables: {} });
    this.now = null;
  }
}

/** Every address of this machine's own interfaces, but for the loopback. */
export function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal }) => !internal)
    .map(({ address }) => canonicalAddress(address))
    .filter((address) => address !== null);
}
