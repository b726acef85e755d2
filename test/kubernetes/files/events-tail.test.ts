import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { EventsTail } from "../../../src/kubernetes/files/events-tail.ts";
import {
  assertSentence,
  fileWith,
  ignoredInput,
  isConfigError,
  NOTHING_IGNORED,
  tailOf,
} from "./support/input-file.ts";

const EVENT = { t: 1_795_417_363.5, type: "ADDED", object: { kind: "Pod", metadata: { name: "näme-€-🚀" } } };
const line = JSON.stringify(EVENT);

test("a missing file and a directory are rejected with one sentence", (t) => {
  const missing = join(tmpdir(), "wirespan-is-not-there.json");
  assert.throws(
    () => new EventsTail(missing),
    (error) => isConfigError(error, missing, "does not exist"),
  );
  const folder = join(fileWith(t, ""), "..");
  assert.throws(
    () => new EventsTail(folder),
    (error) => isConfigError(error, folder),
  );
});

test("an invalid line is reported with its number, and the lines after it are read", (t) => {
  const tail = tailOf(t, fileWith(t, `${line}\n\n{"t":1,"type":"ADD\n${line}\n[]\n`));
  const ignored = ignoredInput();
  assert.equal(tail.read(ignored).length, 2);
  assert.equal(ignored.lines.length, 2);
  for (const [i, number] of [3, 5].entries()) assertSentence(ignored.lines[i], `line ${number}`);
  assert.deepEqual(ignored.objects, []);
});

test("an invalid object is reported with its line, apart from invalid lines", (t) => {
  const invalid = { kind: "Pod", metadata: { name: "bad", namespace: "shop", uid: { toString: 1 } } };
  const path = fileWith(t, `${line}\n${JSON.stringify({ ...EVENT, object: invalid })}\n${line}\n`);
  const ignored = ignoredInput();
  assert.equal(tailOf(t, path).read(ignored).length, 2);
  assert.deepEqual(ignored.lines, []);
  assert.deepEqual(ignored.objects, [`events file ${path}, line 2: Pod shop/bad: metadata.uid is an object, not text`]);
});

test("a line that exceeds the limit is reported once, before its end, and the lines after it are read", (t) => {
  const path = fileWith(t, `${line}\n`);
  const tail = tailOf(t, path);
  const ignored = ignoredInput();
  const read = () => tail.read(ignored).length;
  assert.equal(read(), 1);
  for (let i = 0; i < 20; i++) appendFileSync(path, "x".repeat(1024 * 1024));
  assert.equal(read(), 0);
  assertSentence(ignored.lines[0], "line 2 is longer than 16 MB");
  appendFileSync(path, `\n${line}\n`);
  assert.equal(read(), 1);
  assert.equal(ignored.lines.length, 1);
});

test("an endless device is read up to the limit of a line, once", { timeout: 30_000 }, (t) => {
  const tail = tailOf(t, "/dev/zero");
  const ignored = ignoredInput();
  for (let i = 0; i < 3; i++) assert.deepEqual(tail.read(ignored), []);
  assert.equal(ignored.lines.length, 1);
  assertSentence(ignored.lines[0], "line 1 is longer than 16 MB");
});

test("only complete lines are read, as the log grows by portions that split characters", (t) => {
  const bytes = Buffer.from(`${line}\n${line}\n${line}\n`);
  for (const portion of [1, 2, 3, 7, 50, 1_000]) {
    const path = fileWith(t, "");
    const tail = tailOf(t, path);
    const names: (string | undefined)[] = [];
    for (let at = 0; at < bytes.length; at += portion) {
      const part = bytes.subarray(at, at + portion);
      appendFileSync(path, part);
      const before = bytes.subarray(0, at).filter((byte) => byte === 10).length;
      const now = bytes.subarray(0, at + part.length).filter((byte) => byte === 10).length;
      const events = tail.read(NOTHING_IGNORED);
      assert.equal(events.length, now - before);
      names.push(...events.map(({ object }) => object.metadata?.name));
    }
    assert.deepEqual(names, Array(3).fill(EVENT.object.metadata.name));
    assert.deepEqual(tail.read(NOTHING_IGNORED), []);
  }
});

test("a log larger than the buffer is read, with lines across the end of the buffer", (t) => {
  const filler = { ...EVENT, object: { ...EVENT.object, spec: { note: "é".repeat(3_333) } } };
  const tail = tailOf(t, fileWith(t, `${JSON.stringify(filler)}\n`.repeat(400)));
  const events = tail.read(NOTHING_IGNORED);
  assert.equal(events.length, 400);
  assert.ok(events.every(({ object }) => object.spec?.note === filler.object.spec.note));
});
