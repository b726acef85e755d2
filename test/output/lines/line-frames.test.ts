import assert from "node:assert/strict";
import { test } from "node:test";
import type { Interaction } from "../../../src/model/interaction.ts";
import { LineFrames } from "../../../src/output/lines/line-frames.ts";
import { LineWriter } from "../../../src/output/lines/line-writer.ts";
import { WaitingLines } from "../../../src/output/lines/waiting-lines.ts";
import { makeInteraction } from "../../render/support/shop-graph.ts";
import { interactionLine } from "../../support/interaction-line.ts";

const CLIENT = { type: "node", name: "a" } as const;
const SERVER = { type: "external", name: "b" } as const;
const FIRST = makeInteraction({ client: CLIENT, server: SERVER, name: "b.example.com" });

const OTHERS: readonly Partial<Interaction>[] = [
  { client: { type: "node", name: "other" } },
  { server: { type: "external", name: "other" } },
  { outcome: "refused" },
  { evidence: "socket" },
  { name: "other.example.com" },
  { name: null },
  { canonicalName: "other.example.com" },
  { dialled: { address: "10.96.0.43", port: 81 } },
  { dialled: { address: "10.96.0.44", port: 80 } },
  { dialled: null },
  { serverAddress: { address: "10.42.1.99", port: 3000 } },
  { serverAddress: null },
  { clientAddress: { address: "10.42.2.99", port: 40_681 } },
  { clientAddress: null },
  { clientPod: "other" },
  { serverPod: "other" },
  { dialledService: "shop/other" },
  { reporter: "other" },
];
const NUMBERS: readonly Partial<Interaction>[] = [
  { timeMicros: 1_795_417_363_000_000 },
  { clientAddress: { address: FIRST.clientAddress?.address ?? "", port: 1 } },
  { durationMicros: 1 },
  { retries: 12 },
  { nameAgeMicros: null },
  { nameAgeMicros: 1_234_567 },
];

/** Lines of interactions whose frames are found in one table, in their order. */
function lines(interactions: readonly Interaction[]): string[] {
  const frames = new LineFrames();
  const chunks: string[] = [];
  const writer = new LineWriter((bytes) => chunks.push(Buffer.from(bytes).toString()));
  for (const interaction of interactions) {
    const waiting = new WaitingLines();
    waiting.add(frames.of(interaction), interaction);
    waiting.writeTo(writer);
  }
  writer.flush();
  return chunks.join("").split("\n").slice(0, -1);
}

test("interactions that differ in numbers share a frame", () => {
  const frames = new LineFrames();
  const first = frames.of(FIRST);
  for (const numbers of NUMBERS) assert.equal(frames.of({ ...FIRST, ...numbers }), first, JSON.stringify(numbers));
});

test("interactions that differ in any other field have frames of their own, and all are found again", () => {
  for (const other of OTHERS) {
    const frames = new LineFrames();
    const [first, second] = [frames.of(FIRST), frames.of({ ...FIRST, ...other })];
    assert.notEqual(first, second, JSON.stringify(other));
    assert.ok(!first.isOf({ ...FIRST, ...other }), JSON.stringify(other));
    assert.deepEqual([frames.of({ ...FIRST }), frames.of({ ...FIRST, ...other })], [first, second]);
  }
});

test("a line has the same bytes whether its frame is new, known or forgotten", () => {
  const variants = [{}, ...OTHERS, ...NUMBERS].map((fields) => ({ ...FIRST, ...fields }));
  // More clients than the table has places, with several lines each.
  const many = Array.from({ length: 60_000 }, (_, i) => {
    const client = { address: `10.1.${(i * 7) % 251}.${i % 199}`, port: i };
    return { ...FIRST, clientAddress: client, clientPod: `pod-${client.address}`, durationMicros: i };
  });
  const all = [...variants, ...many, ...variants, ...many.slice(0, 1_000)];
  assert.deepEqual(lines(all), all.map(interactionLine));
});

test("forgotten frames keep no bytes", () => {
  const frames = new LineFrames();
  const made = Array.from({ length: 40_000 }, (_, i) => frames.of({ ...FIRST, clientPod: `pod-${i}` }));
  const [oldest, newest] = [made.at(0), made.at(-1)];
  assert.ok(oldest && newest);
  assert.notEqual(oldest.bytes, oldest.bytes);
  assert.deepEqual(oldest.bytes, oldest.bytes);
  assert.equal(newest.bytes, newest.bytes);
});
