// Every span that a real Collector received, held against the contract.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { TruthLine } from "../../scripts/accuracy/truth.ts";
import { temporaryFolder } from "../support/cli/wirespan.ts";
import { askUntil } from "./support/ask-until.ts";
import { type ConsumerNamespace, consumerNamespace } from "./support/consumer-namespace.ts";
import { COLLECTOR_ENDPOINT, startCollector } from "./support/consumer-servers.ts";
import { type ReceivedSpan, readRequests } from "./support/otlp-requests.ts";
import { DEMO, type Recording, replayInto, sharedRecordings } from "./support/recordings.ts";
import { Senders } from "./support/senders.ts";
import { inspect, type ReceivedPair } from "./support/span-contract.ts";

const ARRIVAL_MILLIS = 30_000;
/** A pair ends when it is sent; this much may pass until it is looked at. */
const SECONDS_OLD = 60;

/** A Collector as shipped that also writes down what the graph's connector is given. */
async function recordingCollector(t: TestContext, inside: ConsumerNamespace): Promise<string> {
  const file = join(temporaryFolder(t), "requests.jsonl");
  await startCollector(t, inside, {
    configs: [
      "collector-config/collector.yaml",
      `yaml:exporters::file::path: ${file}`,
      "yaml:service::pipelines::traces/graph::exporters: [service_graph, file]",
    ],
  });
  return file;
}

async function received(file: string, pairs: number): Promise<ReceivedSpan[][]> {
  const spans = (requests: readonly (readonly ReceivedSpan[])[]) =>
    requests.reduce((sum, { length }) => sum + length, 0);
  const requests = await askUntil(
    async () => readRequests(file),
    (all) => spans(all) >= pairs * 2,
    ARRIVAL_MILLIS,
  );
  assert.equal(spans(requests), pairs * 2);
  return requests;
}

function assertRecent(pairs: readonly ReceivedPair[]): void {
  const now = BigInt(Date.now()) * 1_000_000n;
  for (const { client } of pairs) {
    const age = Number(now - client.endNanos) / 1e9;
    assert.ok(age >= 0 && age < SECONDS_OLD, `a pair is ${age} s old`);
  }
}

/** Of connections that the truth knows by their client's port: the handshake's time is not more than connect() took. */
function assertHandshakes(pairs: readonly ReceivedPair[], { folder }: Recording): void {
  const lines = readFileSync(join(folder, "truth.jsonl"), "utf8").trim().split("\n");
  const connectSeconds = new Map<string, number>();
  for (const line of lines.map((json) => JSON.parse(json) as TruthLine & { readonly t_connected?: number })) {
    const [address, port] = line.client_addr ?? [];
    if (line.t_connected !== undefined) connectSeconds.set(`${address} ${port}`, line.t_connected - line.t);
  }
  let compared = 0;
  for (const { client, server } of pairs) {
    const {
      "network.peer.address": address,
      "network.peer.port": port,
      "wirespan.outcome": outcome,
    } = server.attributes;
    const longest = connectSeconds.get(`${address} ${port}`);
    if (longest === undefined || outcome !== "established") continue;
    const seconds = Number(client.endNanos - client.startNanos) / 1e9;
    assert.ok(seconds > 0 && seconds <= longest + 0.001, `a handshake of ${seconds} s; connect() took ${longest} s`);
    compared++;
  }
  assert.ok(compared > 20, `only ${compared} handshakes could be compared`);
}

async function assertContract(t: TestContext, recording: Recording): Promise<void> {
  const inside = consumerNamespace(t);
  const file = await recordingCollector(t, inside);
  const { pairs: made } = await replayInto(t, inside, recording, COLLECTOR_ENDPOINT);
  const { pairs, breaches } = inspect(await received(file, made));
  assert.deepEqual(breaches, []);
  assert.equal(pairs.length, made);
  assertRecent(pairs);
  assertHandshakes(pairs, recording);
}

test("every span of the demo's recording keeps the contract", (t) => assertContract(t, DEMO));

test("every span of other recordings keeps the contract", async (t) => {
  for (const recording of sharedRecordings(t)) await t.test(recording.name, (t) => assertContract(t, recording));
});

test("thousands of pairs of one client keep it too: requests stay small, traces too", async (t) => {
  const inside = consumerNamespace(t);
  const file = await recordingCollector(t, inside);
  const senders = await Senders.start(inside, 2);
  await senders.send(COLLECTOR_ENDPOINT, [
    { name: "bulk", edges: 1, pairs: 3_000 },
    { name: "spread", edges: 30, pairs: 3_000 },
  ]);
  const requests = await received(file, 6_000);
  assert.deepEqual(inspect(requests).breaches, []);

  // The same, broken on purpose in one place each: the inspection sees it.
  const [first = []] = requests;
  const [span, ...others] = first;
  if (span === undefined) throw new Error("an empty request");
  const changed = (changes: Partial<ReceivedSpan>) => [[{ ...span, ...changes }, ...others]];
  for (const broken of [
    [others],
    [[...others, span]],
    [first, first],
    changed({ kind: 1 }),
    changed({ traceId: "0".repeat(32) }),
    changed({ parentSpanId: "1".repeat(16) }),
    changed({ endNanos: span.startNanos - 1n }),
    changed({ status: 1 }),
    changed({ name: "GET /" }),
    changed({ scope: { name: "other", version: "1" } }),
    changed({ resource: { ...span.resource, "telemetry.sdk.name": "opentelemetry" } }),
    changed({ resource: { ...span.resource, "service.name": "" } }),
    changed({ attributes: { ...span.attributes, "db.system": "postgresql" } }),
    changed({ attributes: { ...span.attributes, "error.type": "timed_out" } }),
    changed({ attributes: { ...span.attributes, "peer.service": "other" } }),
    changed({ attributes: { ...span.attributes, "wirespan.synthetic": false } }),
    changed({ attributes: { ...span.attributes, "client.address": "192.0.2.1" } }),
  ]) {
    assert.notDeepEqual(inspect(broken).breaches, []);
  }
});
