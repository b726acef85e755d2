import type { SensorFigures } from "./stats.ts";

/** Names of one counter each in an object of counts: reasons, kinds of tunnels. */
const MAX_NAMES = 32;
const NAME = /^[a-z][a-z_]{0,31}$/;

/**
 * The sensor's counters as the main process uses them, from JSON that the sensor sent; null: it has no such counters. Each
 * is a whole number from 0, so that sums are numbers too, and nothing else of the JSON is kept.
 */
export function readSensorFigures(json: unknown): SensorFigures | null {
  try {
    return figuresOf(new Fields(json));
  } catch (error) {
    if (error instanceof InvalidFigures) return null;
    throw error;
  }
}

class InvalidFigures extends Error {}

/** An object of the JSON. */
class Fields {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(value: unknown) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw new InvalidFigures();
    this.#fields = value as Readonly<Record<string, unknown>>;
  }

  /** Own fields only: JSON may have any name. */
  get(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
  }

  fields(name: string): Fields {
    return new Fields(this.get(name));
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  count(name: string): number {
    const value = this.get(name);
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw new InvalidFigures();
    return value;
  }

  millis(name: string): number {
    const value = this.get(name);
    if (typeof value !== "number" || !(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) throw new InvalidFigures();
    return value;
  }

  counts(): Record<string, number> {
    const names = Object.keys(this.#fields);
    if (names.length > MAX_NAMES || !names.every((name) => NAME.test(name))) throw new InvalidFigures();
    return Object.fromEntries(names.map((name) => [name, this.count(name)]));
  }
}

function figuresOf(figures: Fields): SensorFigures {
  const [decode, handshakes, exchanges] = ["decode", "handshakes", "exchanges"].map((name) => figures.fields(name));
  if (decode === undefined || handshakes === undefined || exchanges === undefined) throw new InvalidFigures();
  return {
    packets: figures.count("packets"),
    decode: {
      ignored: decode.fields("ignored").counts(),
      tunnels: decode.fields("tunnels").counts(),
      memoHits: decode.count("memoHits"),
      memoMisses: decode.count("memoMisses"),
      answersCut: decode.count("answersCut"),
      fragmentsDropped: decode.count("fragmentsDropped"),
      fragmentBytes: decode.count("fragmentBytes"),
      streamsDropped: decode.count("streamsDropped"),
      streamBytes: decode.count("streamBytes"),
    },
    handshakes: {
      halfOpen: handshakes.count("halfOpen"),
      halfOpenEvicted: handshakes.count("halfOpenEvicted"),
      decidedEvicted: handshakes.count("decidedEvicted"),
      synCopies: handshakes.count("synCopies"),
      natTuplesJoined: handshakes.count("natTuplesJoined"),
      natTuplesRejected: handshakes.count("natTuplesRejected"),
      synsAfterVerdict: handshakes.count("synsAfterVerdict"),
      answersRejected: handshakes.count("answersRejected"),
      answersAfterTimeout: handshakes.count("answersAfterTimeout"),
      unmatchedAnswers: handshakes.count("unmatchedAnswers"),
    },
    exchanges: {
      open: exchanges.count("open"),
      evicted: exchanges.count("evicted"),
      serversEvicted: exchanges.count("serversEvicted"),
      omittedAddresses: exchanges.count("omittedAddresses"),
    },
    source: sourceOf(figures.fields("source")),
  };
}

/** A file in place of a device has no counters of the kernel. */
function sourceOf(source: Fields): NonNullable<SensorFigures["source"]> {
  return { ...(source.has("kernel") ? kernelOf(source.fields("kernel")) : {}), ...dispatchOf(source) };
}

function kernelOf(kernel: Fields): Pick<NonNullable<SensorFigures["source"]>, "kernel"> {
  const [received, dropped, left] = [kernel.count("received"), kernel.count("dropped"), kernel.count("left")];
  // Their ratio is one of loss.
  if (dropped > received) throw new InvalidFigures();
  return { kernel: { received, dropped, left } };
}

function dispatchOf(source: Fields): Pick<NonNullable<SensorFigures["source"]>, "longestDispatchMillis"> {
  return source.has("longestDispatchMillis") ? { longestDispatchMillis: source.millis("longestDispatchMillis") } : {};
}
