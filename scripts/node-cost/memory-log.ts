import type { Held } from "./processes.ts";
import type { PerProcess } from "./running-agent.ts";
import { type Estimate, quantile, slope } from "./statistics.ts";

interface Sample extends PerProcess<Held> {
  /** Seconds since the begin. */
  readonly at: number;
}

/** A shorter time shows V8's heap on the way to its size, and not whether it grows. */
const MIN_JUDGED_SECONDS = 600;
/** What has been shown to grow, over the time that is judged, as a share of what is held (PSS). */
const MAX_GROWTH = 0.02;
/** The slope of PSS depends on how many other Node processes share the program text. */
const JUDGED = "anonymous memory";
const MAX_MORE_DESCRIPTORS = 2;
const PROCESSES = ["sensor", "agent"] as const;

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);

/** Memory and descriptors of a sensor and its agent over time. */
export class MemoryLog {
  readonly #read: () => PerProcess<Held>;
  readonly #samples: Sample[] = [];

  constructor(read: () => PerProcess<Held>) {
    this.#read = read;
  }

  add(at: number): void {
    this.#samples.push({ at, ...this.#read() });
  }

  last(): string {
    const last = this.#samples.at(-1);
    if (last === undefined) return "no sample yet";
    return PROCESSES.map((name) => `${name} ${megabytes(last[name].proportional)} MB`).join(", ");
  }

  /** Lines for people, and a sentence for each thing that grew; of samples from `from` seconds on. */
  judge(from: number): { readonly lines: readonly string[]; readonly problems: readonly string[] } {
    const samples = this.#samples.filter(({ at }) => at >= from);
    const judged = PROCESSES.map((name) => judgeProcess(name, samples));
    return { lines: judged.flatMap(({ lines }) => lines), problems: judged.flatMap(({ problems }) => problems) };
  }
}

function judgeProcess(name: (typeof PROCESSES)[number], samples: readonly Sample[]) {
  const times = samples.map(({ at }) => at);
  const seconds = (times.at(-1) ?? 0) - (times[0] ?? 0);
  const problems: string[] = [];
  const lines: string[] = [];
  const held = quantile(
    samples.map((sample) => sample[name].proportional),
    0.5,
  );
  for (const [kind, of] of [
    ["PSS", ({ proportional }: Held) => proportional],
    ["RSS", ({ resident }: Held) => resident],
    [JUDGED, ({ anonymous }: Held) => anonymous],
  ] as const) {
    const bytes = samples.map((sample) => of(sample[name]));
    const growth = slope(times, bytes);
    lines.push(`${name}: ${kind} ${range(bytes)} MB, slope ${perHour(growth)} MB an hour`);
    // Only what is beyond the interval is growth: one sample says little of V8's heap.
    if (kind === JUDGED && seconds >= MIN_JUDGED_SECONDS && growth.low * seconds > held * MAX_GROWTH) {
      problems.push(`the memory of the ${name} grows: ${perHour(growth)} MB an hour`);
    }
  }
  const descriptors = samples.map((sample) => sample[name].descriptors);
  const third = Math.ceil(descriptors.length / 3);
  const [first, last] = [quantile(descriptors.slice(0, third), 0.5), quantile(descriptors.slice(-third), 0.5)];
  lines.push(
    `${name}: ${Math.min(...descriptors)} to ${Math.max(...descriptors)} descriptors, ${first} at first, ${last} at last`,
  );
  if (last > first + MAX_MORE_DESCRIPTORS)
    problems.push(`the ${name} has ${first} descriptors at first, ${last} at last`);
  if (seconds < MIN_JUDGED_SECONDS) lines.push(`${name}: ${seconds.toFixed(0)} s are too short to judge the slope`);
  return { lines, problems };
}

const range = (bytes: readonly number[]) =>
  `${megabytes(quantile(bytes, 0))} to ${megabytes(quantile(bytes, 1))}, median ${megabytes(quantile(bytes, 0.5))}`;

function perHour({ value, low, high }: Estimate): string {
  const [middle, least, most] = [value, low, high].map((bytes) => ((bytes * 3_600) / 1e6).toFixed(1));
  return `${middle} (${least} to ${most})`;
}
