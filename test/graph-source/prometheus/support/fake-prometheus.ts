// A server that answers the queries of the graph in the shape of Prometheus' answers, from series in memory.
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import type { SampledSeries } from "../../../../src/prometheus/prometheus.ts";

interface FakeOptions {
  /** As query.max-samples: a query that selects more is refused. */
  readonly maxSamples?: number;
  /** Answers instead, if it returns true. */
  readonly instead?: (query: string, response: ServerResponse) => boolean;
}

interface FakePrometheus {
  readonly url: string;
  /** The queries, in order. */
  readonly queries: string[];
}

/** Of `name{…}[…s]` or `{__name__=~"…",…}[…s]`: the metrics and the seconds. Other matchers are not evaluated. */
const SELECTOR = /\{__name__=(~?)"([^"]*)"[^{}]*\}\[(\d+)s\]/;

export async function fakePrometheus(
  t: TestContext,
  series: readonly SampledSeries[],
  { maxSamples = Number.POSITIVE_INFINITY, instead }: FakeOptions = {},
): Promise<FakePrometheus> {
  const queries: string[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://x");
    const query = searchParams.get("query") ?? "";
    queries.push(query);
    if (instead?.(query, response)) return;
    const number = (name: string): number => Number(searchParams.get(name));
    const times: number[] = [];
    if (pathname.endsWith("query")) times.push(number("time"));
    else for (let at = number("start"); at <= number("end") + 1e-6; at += number("step")) times.push(at);
    const [, isPattern, name = "", seconds = "0"] = SELECTOR.exec(query) ?? [];
    const names = new RegExp(isPattern === "~" ? `^(${name})$` : `^${name}$`);
    const selected = series.filter(({ labels }) => names.test(labels.__name__ ?? ""));
    const inside = (each: SampledSeries, at: number) =>
      each.samples.filter(([time]) => time > at - Number(seconds) && time <= at);
    const evaluated = times.map((at) => ({
      at,
      windows: selected.map((each) => ({ each, samples: inside(each, at) })),
    }));
    const total = Math.max(
      ...evaluated.map(({ windows }) => windows.reduce((sum, each) => sum + each.samples.length, 0)),
    );
    const isAggregation = /^(sum|count|max)/.test(query);
    if (total > maxSamples && !isAggregation) {
      response.writeHead(422).end(
        JSON.stringify({
          status: "error",
          errorType: "execution",
          error: "query processing would load too many samples into memory in query execution",
        }),
      );
      return;
    }
    response.end(JSON.stringify({ status: "success", data: { result: answer(series, query, evaluated, pathname) } }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, queries };
}

interface Window {
  readonly each: SampledSeries;
  readonly samples: SampledSeries["samples"];
}

function answer(
  series: readonly SampledSeries[],
  query: string,
  evaluated: readonly { readonly at: number; readonly windows: readonly Window[] }[],
  pathname: string,
): unknown[] {
  const values = (value: (windows: readonly Window[]) => number | null) =>
    evaluated.flatMap(({ at, windows }) => {
      const result = value(windows.filter(({ samples }) => samples.length > 0));
      return result === null ? [] : [[at, String(result)]];
    });
  const shaped = (metric: object, points: unknown[]): object[] => {
    if (points.length === 0) return [];
    return pathname.endsWith("query") ? [{ metric, value: points[0] }] : [{ metric, values: points }];
  };
  const aggregate = (value: (windows: readonly Window[]) => number) =>
    shaped(
      {},
      values((windows) => (windows.length === 0 ? null : value(windows))),
    );
  if (query.startsWith("sum(")) return aggregate((all) => all.reduce((sum, { samples }) => sum + samples.length, 0));
  if (query.startsWith("max(")) return aggregate((all) => Math.max(...all.map(({ samples }) => samples.length)));
  if (query.startsWith("count(resets")) {
    return shaped(
      {},
      values((windows) => windows.filter(({ samples }) => hasReset(samples)).length || null),
    );
  }
  if (query.startsWith("changes(")) return moreChanges(query, evaluated[0]?.at ?? 0, series);
  if (query.startsWith("count by")) {
    return (evaluated[0]?.windows ?? [])
      .filter(({ samples }) => samples.length > 0)
      .map(({ each }) => ({ metric: { __name__: each.labels.__name__ }, value: [0, "1"] }));
  }
  if (query.startsWith("count(")) return aggregate((all) => all.length);
  if (query.startsWith("last_over_time")) {
    return (evaluated[0]?.windows ?? []).flatMap(({ each }) =>
      shaped(
        each.labels,
        values((windows) =>
          Number(windows.find((window) => window.each === each)?.samples.at(-1)?.[1] ?? Number.NaN),
        ).filter(([, value]) => value !== "NaN"),
      ),
    );
  }
  return (evaluated[0]?.windows ?? [])
    .filter(({ samples }) => samples.length > 0)
    .map(({ each, samples }) => ({ metric: each.labels, values: samples }));
}

function hasReset(samples: SampledSeries["samples"]): boolean {
  return samples.some(([, value], i) => i > 0 && Number(value) < Number(samples[i - 1]?.[1]));
}

/** `changes(a[…]) > changes(b[…])`: the series of which a changed more often than b. */
function moreChanges(query: string, at: number, series: readonly SampledSeries[]): unknown[] {
  const [first, second] = query.split(" > ").map((part) => {
    const [, , name = "", seconds = "0"] = SELECTOR.exec(part) ?? [];
    return new Map(
      series
        .filter(({ labels }) => labels.__name__ === name)
        .map(({ labels: { __name__, ...labels }, samples }) => {
          const inside = samples.filter(([time]) => time > at - Number(seconds) && time <= at);
          return [
            JSON.stringify(labels),
            inside.filter(([, value], i) => i > 0 && value !== inside[i - 1]?.[1]).length,
          ];
        }),
    );
  });
  return [...(first ?? [])]
    .filter(([labels, changes]) => changes > (second?.get(labels) ?? Number.POSITIVE_INFINITY))
    .map(([labels, changes]) => ({ metric: JSON.parse(labels), value: [at, String(changes)] }));
}
