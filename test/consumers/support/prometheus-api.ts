import type { Sample } from "../../collector/support/prometheus-text.ts";
import type { ConsumerNamespace } from "./consumer-namespace.ts";
import { PORTS } from "./consumer-servers.ts";

interface VectorAnswer {
  readonly data: {
    readonly resultType: string;
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value: readonly [number, string];
    }[];
  };
}

/**
 * The answer to an instant query, as Grafana asks it: a sample a series. `at` in seconds since the Unix epoch, now by
 * default. Throws with Prometheus' own words for an expression that it does not take.
 */
export async function ask(inside: ConsumerNamespace, expression: string, at?: number): Promise<Sample[]> {
  const parameters = new URLSearchParams({ query: expression, ...(at === undefined ? {} : { time: String(at) }) });
  const text = await inside.get(`http://127.0.0.1:${PORTS.prometheus}/api/v1/query?${parameters}`);
  const { data } = JSON.parse(text) as VectorAnswer;
  if (data.resultType !== "vector") throw new Error(`${expression} is a ${data.resultType}, not a vector`);
  return data.result.map(({ metric, value }) => ({
    name: metric.__name__ ?? "",
    labels: metric,
    value: Number(value[1]),
  }));
}

/** What one number the expression comes to; 0 where it has no answer. */
export async function askOne(inside: ConsumerNamespace, expression: string, at?: number): Promise<number> {
  return (await ask(inside, expression, at))[0]?.value ?? 0;
}
