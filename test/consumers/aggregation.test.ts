// One pair for many connections: Tempo counts them all, in service graphs and in span metrics.
import assert from "node:assert/strict";
import { test } from "node:test";
import { countedEdges } from "../collector/support/counted-edges.ts";
import type { Sample } from "../collector/support/prometheus-text.ts";
import { askUntil } from "./support/ask-until.ts";
import { consumerNamespace } from "./support/consumer-namespace.ts";
import { startPrometheus, startTempo, TEMPO_ENDPOINT } from "./support/consumer-servers.ts";
import { ask } from "./support/prometheus-api.ts";
import { DEMO, type Replayed, replayInto } from "./support/recordings.ts";

const COUNT_MILLIS = 120_000;
const AGGREGATED = ["--aggregate-for", "tempo"];
/** 1 divided by 1/N is N but for the last bit. */
const whole = (samples: readonly Sample[]) => samples.map((one) => ({ ...one, value: Math.round(one.value) }));

/** Connections and failures of the results by `namespace/client namespace/server`. */
function connections({ nodes, edges }: Replayed): Map<string, { requests: number; failed: number }> {
  const names = new Map(nodes.map(({ id, namespace, name }) => [id, `${namespace ?? ""}/${name}`]));
  const edgeOf = new Map<string, { requests: number; failed: number }>();
  for (const { client, server, outcomes } of edges) {
    const failed =
      outcomes.refused + outcomes.timed_out + outcomes.unreachable + outcomes.host_not_found + outcomes.try_again;
    const requests = outcomes.established + failed;
    if (requests > 0) edgeOf.set(`${names.get(client)} ${names.get(server)}`, { requests, failed });
  }
  return edgeOf;
}

test("Tempo counts every connection that an aggregated pair stands for", async (t) => {
  const inside = consumerNamespace(t);
  await Promise.all([
    startPrometheus(t, inside),
    startTempo(t, inside, {
      WIRESPAN_TEMPO_PROCESSORS: "[service-graphs, span-metrics]",
      WIRESPAN_TEMPO_COLLECTION_INTERVAL: "5s",
    }),
  ]);
  const replayed = await replayInto(t, inside, DEMO, TEMPO_ENDPOINT, AGGREGATED);
  assert.ok(replayed.pairs < replayed.interactions, `${replayed.pairs} pairs for ${replayed.interactions}`);
  t.diagnostic(`${replayed.pairs} pairs represent ${replayed.interactions} connections and lookups`);

  const graph = async () =>
    countedEdges(whole(await ask(inside, '{__name__=~"traces_service_graph_request_(failed_)?total"}')));
  const sum = (edges: Awaited<ReturnType<typeof graph>>) => edges.reduce((total, { requests }) => total + requests, 0);
  const counted = await askUntil(graph, (edges) => sum(edges) >= replayed.interactions, COUNT_MILLIS);
  assert.equal(sum(counted), replayed.interactions);
  const expected = connections(replayed);
  for (const { client, clientNamespace, server, serverNamespace, requests, failed } of counted) {
    const key = `${clientNamespace}/${client} ${serverNamespace}/${server}`;
    const wanted = expected.get(key) ?? { requests: 0, failed: 0 };
    assert.equal(failed, wanted.failed, key);
    // Lookups that succeeded may come on top.
    assert.ok(requests >= wanted.requests && requests - wanted.requests <= replayed.lookups, `${key}: ${requests}`);
    expected.delete(key);
  }
  assert.deepEqual([...expected.keys()], []);

  const calls = async () =>
    (await ask(inside, "sum by (span_kind) (traces_spanmetrics_calls_total)"))
      .map(({ labels, value }) => [labels.span_kind, Math.round(value)])
      .sort();
  const both = [
    ["SPAN_KIND_CLIENT", replayed.interactions],
    ["SPAN_KIND_SERVER", replayed.interactions],
  ];
  assert.deepEqual(
    await askUntil(calls, (answer) => JSON.stringify(answer) === JSON.stringify(both), COUNT_MILLIS),
    both,
  );
});
