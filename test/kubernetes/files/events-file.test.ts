import assert from "node:assert/strict";
import { truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readEventsFile } from "../../../src/kubernetes/files/events-file.ts";
import { fileWith, isConfigError } from "./support/input-file.ts";

const EVENT = { t: 1_795_417_363.5, type: "ADDED", object: { kind: "Pod", metadata: { name: "näme-€-🚀" } } };
const line = JSON.stringify(EVENT);

test("events are read with their times in microseconds; bookmarks, errors and empty lines are ignored", (t) => {
  const others = ['{"type":"BOOKMARK","t":1,"object":{}}', "", '{"type":"ERROR","object":{"code":410}}', "  "];
  const events = readEventsFile(fileWith(t, [line, ...others, line].join("\n")));
  assert.equal(events.length, 2);
  assert.deepEqual(events[0], { timeMicros: 1_795_417_363_500_000, type: "ADDED", object: EVENT.object });
});

const POD = '{"kind":"Pod","metadata":{"name":"a"}}';
for (const [what, invalid, part] of [
  ["truncated JSON", '{"t":1,"type":"ADD', "is not JSON"],
  ["no object", "[1]", "is not a watch event"],
  ["no type", '{"t":1,"object":{}}', "is not a watch event"],
  ["an unknown type", '{"t":1,"type":"CHANGED","object":{}}', "is not a watch event"],
  ["no time", '{"type":"ADDED","object":{}}', "is not a watch event"],
  ["a time in words", '{"t":"2026-11-23T08:00:00Z","type":"ADDED","object":{}}', "is not a watch event"],
  ["a time that is not finite in microseconds", `{"t":1e308,"type":"ADDED","object":${POD}}`, "is not a watch event"],
  ["no Kubernetes object", '{"t":1,"type":"ADDED","object":[]}', "is not a watch event"],
] as const) {
  test(`a line with ${what} is rejected with its number`, (t) => {
    const path = fileWith(t, `${line}\n\n${invalid}\n${line}\n`);
    assert.throws(
      () => readEventsFile(path),
      (error) => isConfigError(error, path, "line 3", part),
    );
  });
}

test("an event with an invalid object is reported and ignored", (t) => {
  const invalid = { kind: "Pod", metadata: { name: "bad", namespace: "shop", uid: { toString: 1 } } };
  const path = fileWith(t, `${line}\n${JSON.stringify({ ...EVENT, object: invalid })}\n${line}\n`);
  const problems: string[] = [];
  assert.equal(readEventsFile(path, (problem) => problems.push(problem)).length, 2);
  assert.deepEqual(problems, [`events file ${path}, line 2: Pod shop/bad: metadata.uid is an object, not text`]);
});

test("a missing file and a directory are rejected with one sentence", (t) => {
  const missing = join(tmpdir(), "wirespan-is-not-there.json");
  assert.throws(
    () => readEventsFile(missing),
    (error) => isConfigError(error, missing, "does not exist"),
  );
  const folder = join(fileWith(t, ""), "..");
  assert.throws(
    () => readEventsFile(folder),
    (error) => isConfigError(error, folder),
  );
});

test("a file larger than the limit is rejected before it is read, and an endless one at the limit", (t) => {
  const path = fileWith(t, "");
  truncateSync(path, 550_000_000);
  for (const each of [path, "/dev/zero"]) {
    assert.throws(
      () => readEventsFile(each),
      (error) => isConfigError(error, "is larger than 256 MB", "; pass only its lines from the time of the capture"),
    );
  }
});
