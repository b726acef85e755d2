// EDGE: fs
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Attempt } from "../pods/traffic-program.ts";
import type { ComparedEdge } from "./compare.ts";

/** One pair as the Collector received it, by its SERVER span. */
export interface ReceivedPair {
  /** `address:port` of the client. */
  readonly source: string;
  /** `namespace/name`. */
  readonly server: string;
  readonly outcome: string;
  /** The node of the agent that sent it. */
  readonly reporter: string;
  /** Milliseconds since the Unix epoch, of the first SYN. */
  readonly time: number;
  /** All attributes, for people. */
  readonly text: string;
}

type Attributes = readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];

interface Otlp {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Attributes };
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly kind: number;
        readonly startTimeUnixNano: string;
        readonly attributes: Attributes;
      }[];
    }[];
  }[];
}

/** SpanKind. */
const SERVER = 2;
/** Lines of a failure. */
const MAX_UNMATCHED = 40;

/** Pairs of connections that Collectors with `pairsFolder` have received. */
export function receivedPairs(folder: string): ReceivedPair[] {
  const files = readdirSync(folder).filter((name) => name.endsWith(".otlp"));
  return files.flatMap((name) =>
    readFileSync(join(folder, name), "utf8")
      .split("\n")
      .slice(0, -1)
      .flatMap((line) => (JSON.parse(line) as Otlp).resourceSpans)
      .flatMap(({ resource, scopeSpans }) => {
        const names = valuesOf(resource.attributes);
        const server = `${names.get("service.namespace") ?? ""}/${names.get("service.name")}`;
        return scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ ...span, server })));
      })
      .filter(({ kind }) => kind === SERVER)
      .map(({ server, attributes, startTimeUnixNano }) => {
        const values = valuesOf(attributes);
        return {
          source: `${values.get("network.peer.address")}:${values.get("network.peer.port")}`,
          server,
          outcome: values.get("wirespan.outcome") ?? "",
          reporter: values.get("wirespan.reporter") ?? "",
          time: Number(BigInt(startTimeUnixNano) / 1_000_000n),
          text: [...values].map(([key, value]) => `${key}=${value}`).join(" "),
        };
      }),
  );
}

function valuesOf(attributes: Attributes): Map<string, string> {
  return new Map(attributes.map(({ key, value }) => [key, String(Object.values(value)[0])]));
}

export interface Matched {
  /** Connections that no pair stands for. */
  readonly missed: readonly Attempt[];
  /** Pairs of a connection that another pair stands for already. */
  readonly repeated: readonly ReceivedPair[];
  /** Pairs of established connections without an attempt; those of host processes may have another address. */
  readonly unknown: readonly ReceivedPair[];
}

/** Whether the pair stands for that connection: a port is used again after a while. */
export function isOf(pair: ReceivedPair, { source, time, endTime }: Attempt): boolean {
  return pair.source === source && time <= pair.time && pair.time <= endTime;
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
    const own = (bySource.get(attempt.source) ?? []).filter((pair) => isOf(pair, attempt));
    if (own.length === 0) missed.push(attempt);
    repeated.push(...own.slice(1));
    for (const pair of own) known.add(pair);
  }
  const unknown = pairs.filter((pair) => pair.outcome === "established" && !known.has(pair));
  return { missed, repeated, unknown };
}

/**
 * Fails if there is a wrong edge. The message ends with the wrong edges, after the attempts and pairs without a counterpart, so
 * that the last lines of a test's output have them.
 */
export function assertNone(
  wrong: readonly ComparedEdge[],
  attempts: readonly Attempt[],
  pairs: readonly ReceivedPair[],
): void {
  if (wrong.length === 0) return;
  const start = Math.min(...attempts.map(({ time }) => time));
  const end = Math.max(...attempts.map(({ endTime }) => endTime));
  const ofTime = pairs.filter(({ time }) => start <= time && time <= end);
  const failures = [
    ...attempts.filter(({ source }) => source === null).map((attempt) => line("failed attempt", attempt)),
    ...ofTime.filter(({ outcome }) => outcome !== "established").map((pair) => line("pair of a failure", pair)),
  ];
  console.log(failures.join("\n"));
  const { missed, repeated, unknown } = match(attempts, ofTime);
  const surplus = [
    ...repeated.map((pair) => line("repeated", pair)),
    ...unknown.map((pair) => line("no attempt", pair)),
  ];
  const edges = wrong.map((edge) => line("wrong edge", edge));
  const unmatched = [...missed.map((attempt) => line("no pair", attempt)).slice(0, MAX_UNMATCHED), ...surplus];
  assert.fail([...unmatched.slice(-2 * MAX_UNMATCHED), ...edges].join("\n"));
}

function line(what: string, value: object): string {
  return `${what}: ${JSON.stringify(value)}`;
}
