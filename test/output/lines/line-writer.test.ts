import assert from "node:assert/strict";
import { test } from "node:test";
import { LineFrame } from "../../../src/output/lines/line-frame.ts";
import { LineWriter } from "../../../src/output/lines/line-writer.ts";
import { WaitingLines } from "../../../src/output/lines/waiting-lines.ts";
import { makeInteraction } from "../../render/support/shop-graph.ts";

const SERVER = { type: "external", name: "b" } as const;

test("lines of any length are written whole, in portions", () => {
  const portions: string[] = [];
  const writer = new LineWriter((bytes) => portions.push(Buffer.from(bytes).toString()));
  const names = Array.from({ length: 100 }, (_, i) => "é".repeat(i % 10 === 9 ? 50_000 : i));
  const waiting = new WaitingLines();
  for (const name of names) {
    const interaction = makeInteraction({ client: { type: "node", name }, server: SERVER });
    waiting.add(new LineFrame(interaction), interaction);
  }
  waiting.writeTo(writer);
  writer.flush();
  for (const portion of portions) assert.ok(portion.endsWith("}\n"));
  assert.ok(portions.length > 10, `${portions.length} portions`);
  const read = portions.join("").trimEnd().split("\n");
  assert.deepEqual(
    read.map((line) => (JSON.parse(line) as { client: { name: string } }).client.name),
    names,
  );
});

test("lines of one time stay in the order in which they were added", () => {
  let text = "";
  const writer = new LineWriter((bytes) => {
    text += Buffer.from(bytes).toString();
  });
  const waiting = new WaitingLines();
  const times = Array.from({ length: 500 }, (_, i) => (i * 7) % 10);
  times.forEach((time, retries) => {
    const interaction = makeInteraction({ client: SERVER, server: SERVER, timeMicros: time, retries });
    waiting.add(new LineFrame(interaction), interaction);
  });
  waiting.writeTo(writer);
  writer.flush();
  const read = [...text.matchAll(/"retries":(\d+)/g)].map(([, retries]) => Number(retries));
  const expected = [...times.keys()].sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
  assert.deepEqual(read, expected);
});
