import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { EventsFollower } from "../../src/cluster-source/events-follower.ts";
import { InvalidObjects } from "../../src/cluster-source/invalid-objects.ts";
import { ConfigError } from "../../src/model/errors.ts";
import { file, temporaryFolder } from "../support/cli/wirespan.ts";

const event = (name: string, uid: unknown = name): string =>
  `${JSON.stringify({ t: 1, type: "ADDED", object: { kind: "Pod", metadata: { name, uid } } })}\n`;

function following(t: TestContext, text: string) {
  const path = file(temporaryFolder(t), "events.jsonl", text);
  const invalidObjects = new InvalidObjects();
  const follower = new EventsFollower(path, invalidObjects);
  t.after(() => follower.close());
  const problems: string[] = [];
  follower.onProblem = (problem) => problems.push(problem);
  return { path, follower, invalidObjects, problems };
}

const names = (events: ReturnType<EventsFollower["read"]>) => events.map(({ object }) => object.metadata?.name);

test("the events in the file are read first, then those that are appended, each once", (t) => {
  const { path, follower, problems } = following(t, event("first"));
  assert.deepEqual(names(follower.readFirst()), ["first"]);
  assert.deepEqual(follower.read(), []);
  appendFileSync(path, event("second") + event("third"));
  assert.deepEqual(names(follower.read()), ["second", "third"]);
  assert.deepEqual(follower.counters, { read: 3, badLines: 0 });
  assert.deepEqual([problems, follower.problems], [[], []]);
});

test("a line is read once its line end is written, in whatever parts it arrives", (t) => {
  const { path, follower } = following(t, "");
  follower.readFirst();
  const line = event("日本");
  const bytes = Buffer.from(line);
  for (const part of [bytes.subarray(0, 20), bytes.subarray(20, bytes.length - 6), bytes.subarray(bytes.length - 6)]) {
    assert.deepEqual(follower.read(), []);
    appendFileSync(path, part);
  }
  assert.deepEqual(names(follower.read()), ["日本"]);
});

test("invalid lines are reported, counted, and summed up with the first one", (t) => {
  const { path, follower, invalidObjects, problems } = following(t, `garbage\n${event("first")}`);
  assert.deepEqual(names(follower.readFirst()), ["first"]);
  assert.match(
    follower.problems.join(),
    /^1 invalid line was ignored \(events file \S+, line 1 is not JSON; .*\); correct/,
  );
  appendFileSync(path, `{"t":1}\n${event("second")}`);
  assert.deepEqual(names(follower.read()), ["second"]);
  assert.equal(problems.length, 2);
  assert.match(problems[1] ?? "", /line 3 is not a watch event/);
  assert.match(follower.problems.join(), /^2 invalid lines were ignored \(first: events file \S+, line 1 is not JSON/);
  assert.deepEqual(follower.counters, { read: 2, badLines: 2 });
  assert.equal(invalidObjects.count, 0);
});

test("invalid objects are reported, counted, and added to those of the cluster", (t) => {
  const { path, follower, invalidObjects, problems } = following(t, event("first"));
  follower.readFirst();
  appendFileSync(path, event("second", { toString: 1 }) + event("third"));
  assert.deepEqual(names(follower.read()), ["third"]);
  assert.match(problems.join(), /^events file \S+, line 2: Pod second: metadata\.uid is an object, not text$/);
  assert.match(invalidObjects.problems.join(), /^1 invalid object was ignored \(events file \S+, line 2: Pod second: /);
  assert.deepEqual(follower.problems, []);
  assert.deepEqual(follower.counters, { read: 2, badLines: 1 });
});

test("a file without a valid event among its lines is rejected, and so is a missing file", (t) => {
  for (const text of ["a\nb\n", event("only", {})]) {
    assert.throws(() => following(t, text).follower.readFirst(), ConfigError);
  }
  assert.throws(() => new EventsFollower(`${temporaryFolder(t)}/none`, new InvalidObjects()), ConfigError);
});
