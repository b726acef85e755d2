import assert from "node:assert/strict";
import { test } from "node:test";
import { AttemptNames } from "../../src/lookups/attempt-names.ts";
import type { Connection } from "../../src/model/connection.ts";
import { Direction } from "../../src/model/packet.ts";

const SECOND = 1_000_000;
const NAMED = { answerMicros: 1, name: "api.example.com", chain: [] };

function attempt(startSeconds: number, port = 40_000, to = "203.0.113.9"): Connection {
  const tuple = { source: { address: "10.244.1.5", port }, destination: { address: to, port: 443 } };
  const startMicros = startSeconds * SECOND;
  return {
    startMicros,
    endMicros: startMicros + SECOND,
    outcome: "repeating",
    retries: 1,
    preNat: tuple,
    postNat: tuple,
    firstDirection: Direction.incoming,
    senderLink: 0,
  };
}

test("the name of an attempt is stored until its verdict, for no other attempt", () => {
  const names = new AttemptNames();
  names.keep("pod:web", attempt(1), NAMED);
  for (const other of [attempt(1.000001), attempt(1, 40_001), attempt(1, 40_000, "203.0.113.8")]) {
    assert.equal(names.take("pod:web", other), null);
  }
  assert.equal(names.take("pod:web", attempt(1)), NAMED);
  assert.equal(names.take("pod:web", attempt(1)), null);
  assert.equal(names.size, 0);
});

test("a name is not returned for another client, even if the attempt turns out to be of that client", () => {
  const names = new AttemptNames();
  names.keep("pod:web", attempt(1), NAMED);
  assert.equal(names.take("pod:cart", attempt(1)), null);
});

test("attempts without a verdict are bounded by the capacity, and those of one client by its share", () => {
  const names = new AttemptNames(32, 4);
  names.keep("pod:web", attempt(1, 1_000), NAMED);
  for (let port = 0; port < 100; port++) names.keep("pod:scanner", attempt(1, port), NAMED);
  assert.ok(names.size <= 1 + 2 * 4, `${names.size} attempts`);
  assert.equal(names.evicted, 101 - names.size);
  assert.equal(names.take("pod:scanner", attempt(1, 99)), NAMED);
  assert.equal(names.take("pod:web", attempt(1, 1_000)), NAMED);
  for (let client = 0; client < 1_000; client++) names.keep(`pod:${client}`, attempt(1, 2_000 + client), NAMED);
  assert.ok(names.size <= 3 * 32, `${names.size} attempts`);
});

test("named attempts of a scanner leave room for those of ten other clients", () => {
  const names = new AttemptNames();
  for (let i = 0; i < 20_000; i++) names.keep("pod:scanner", attempt(1, i), NAMED);
  for (let i = 0; i < 10_000; i++) names.keep(`pod:${i % 10}`, attempt(2, i), NAMED);
  for (let i = 20_000; i < 40_000; i++) names.keep("pod:scanner", attempt(3, i), NAMED);
  for (let i = 0; i < 10_000; i++) assert.equal(names.take(`pod:${i % 10}`, attempt(2, i)), NAMED, `attempt ${i}`);
});

test("a verdict frees the place for the next attempt of the client", () => {
  const names = new AttemptNames(8, 1);
  for (let i = 0; i < 10; i++) {
    names.keep("pod:web", attempt(1, i), NAMED);
    assert.equal(names.take("pod:web", attempt(1, i)), NAMED);
  }
  assert.equal(names.evicted, 0);
});

test("names without a verdict are forgotten after minutes, also when the clock is set back", () => {
  for (const later of [400, -400]) {
    const names = new AttemptNames(16, 8);
    for (let port = 0; port < 4; port++) names.keep("pod:web", attempt(1_000, port), NAMED);
    names.keep("pod:web", attempt(1_000 + later, 10), NAMED);
    assert.deepEqual([names.size, names.evicted], [5, 0]);
    names.keep("pod:web", attempt(1_000 + 2 * later, 11), NAMED);
    assert.equal(names.size, 2);
  }
});

test("clients whose attempts are decided do not stay: a pod can send with any number of addresses", () => {
  const names = new AttemptNames();
  for (let i = 0; i < 1_000; i++) {
    names.keep(`203.0.113.${i}`, attempt(1), NAMED);
    names.keep(`203.0.113.${i}`, attempt(1, 40_001), NAMED);
    assert.equal(names.take(`203.0.113.${i}`, attempt(1)), NAMED);
    assert.equal(names.take(`203.0.113.${i}`, attempt(1, 40_001)), NAMED);
  }
  assert.equal(names.clients, 0);
});
