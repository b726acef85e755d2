// EDGE: fs
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Attempt } from "../pods/traffic-program.ts";

/** One pair as the Collector received it, by its SERVER span. */
export interface ReceivedPair {
  /** `address:port` of the client. */
  readonly source: string;
  readonly outcome: string;
  /** The node of the agent that sent it. */
  readonly reporter: string;
  /** Milliseconds since the Unix epoch, of the first SYN. */
  readonly time: number;
  /** All attributes, for people. */
  readonly text: string;
}

interface Otlp {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly kind: number;
        readonly startTimeUnixNano: string;
        readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
      }[];
    }[];
  }[];
}

/** SpanKind. */
const SERVER = 2;

/** Pairs of connections that Collectors with `pairsFolder` have received. */
export function receivedPairs(folder: string): ReceivedPair[] {
  const files = readdirSync(folder).filter((name) => name.endsWith(".otlp"));
  return files.flatMap((name) =>
    readFileSync(join(folder, name), "utf8")
      .split("\n")
      .slice(0, -1)
      .flatMap((line) => (JSON.parse(line) as Otlp).resourceSpans)
      .flatMap(({ scopeSpans }) => scopeSpans)
      .flatMap(({ spans }) => spans)
      .filter(({ kind }) => kind === SERVER)
      .map(({ attributes, startTimeUnixNano }) => {
        const values = new Map(attributes.map(({ key, value }) => [key, String(Object.values(value)[0])]));
        return {
          source: `${values.get("network.peer.address")}:${values.get("network.peer.port")}`,
          outcome: values.get("wirespan.outcome") ?? "",
          reporter: values.get("wirespan.reporter") ?? "",
          time: Number(BigInt(startTimeUnixNano) / 1_000_000n),
          text: [...values].map(([key, value]) => `${key}=${value}`).join(" "),
        };
      }),
  );
}

/** Of an edge, as attempts name them. */
interface Ends {
  readonly client: string;
  readonly server: string;
}

export interface Matched {
  /** Connections that no pair stands for. */
  readonly missed: readonly Attempt[];
  /** Pairs of a connection that another pair stands for already. */
  readonly repeated: readonly ReceivedPair[];
  /** Pairs of established connections without an attempt; those of host processes may have another address. */
  readonly unknown: readonly ReceivedPair[];
}

/** One by one: which pair stands for which established connection. */
export function match(attempts: readonly Attempt[], pairs: readonly ReceivedPair[]): Matched {
  const bySource = new Map<string, ReceivedPair[]>();
  for (const pair of pairs) bySource.set(pair.source, [...(bySource.get(pair.source) ?? []), pair]);
  const missed: Attempt[] = [];
  const repeated: ReceivedPair[] = [];
  const known = new Set<ReceivedPair>();
  for (const attempt of attempts) {
    if (attempt.source === null) continue;
    // A port is used again after a while.
    const own = (bySource.get(attempt.source) ?? []).filter(
      ({ time }) => attempt.time <= time && time <= attempt.endTime,
    );
    if (own.length === 0) missed.push(attempt);
    repeated.push(...own.slice(1));
    for (const pair of own) known.add(pair);
  }
  const unknown = pairs.filter((pair) => pair.outcome === "established" && !known.has(pair));
  return { missed, repeated, unknown };
}

/**
 * How many attempts between two ends got no answer, though a node saw one: the SYN-ACK passed an interface and did not reach
 * the client's kernel. It happens to a few of ten thousand where new pods get addresses of pods that ended a moment ago.
 */
export function unreceivedAnswers(
  { client, server }: Ends,
  attempts: readonly Attempt[],
  pairs: readonly ReceivedPair[],
) {
  const left = [...match(attempts, pairs).unknown];
  const unanswered = attempts.filter(
    (attempt) => attempt.client === client && attempt.servers.includes(server) && attempt.outcome === "timed_out",
  );
  return unanswered.filter(({ time, endTime }) => {
    const own = left.findIndex((pair) => time <= pair.time && pair.time <= endTime);
    return own !== -1 && left.splice(own, 1).length > 0;
  }).length;
}

/** For a graph that is not the truth: the pairs and the attempts of its time that have no counterpart, and all that failed. */
export function differences(attempts: readonly Attempt[], pairs: readonly ReceivedPair[]): string {
  const start = Math.min(...attempts.map(({ time }) => time));
  const end = Math.max(...attempts.map(({ endTime }) => endTime));
  const ofTime = pairs.filter(({ time }) => start <= time && time <= end);
  const { missed, repeated, unknown } = match(attempts, ofTime);
  const ofPair = (kind: string) => (pair: ReceivedPair) =>
    `${kind} ${new Date(pair.time).toISOString()} ${pair.source} ${pair.text}`;
  const ofAttempt = (kind: string) => (attempt: Attempt) => `${kind} ${JSON.stringify(attempt)}`;
  return [
    ...missed.map(ofAttempt("missed")),
    ...repeated.map(ofPair("repeated")),
    ...unknown.map(ofPair("unknown")),
    ...attempts.filter(({ source }) => source === null).map(ofAttempt("failed attempt")),
    ...ofTime.filter(({ outcome }) => outcome !== "established").map(ofPair("pair of a failure")),
  ].join("\n");
}
