import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { EventsFollower } from "../../src/cluster-source/events-follower.ts";
import { ConfigError } from "../../src/model/errors.ts";
import { file, temporaryFolder } from "../support/cli/wirespan.ts";

const event = (name: string): string =>
  `${JSON.stringify({ t: 1, type: "ADDED", object: { kind: "Pod", metadata: { name } } })}\n`;

function following(t: TestContext, text: string) {
  const path = file(temporaryFolder(t), "events.jsonl", text);
  const follower = new EventsFollower(path);
  t.after(() => follower.close());
  const heard: string[] = [];
  return {
    path,
    follower,
    heard,
    listen: () => Object.assign(follower, { onBadLine: (line: string) => heard.push(line) }),
  };
}

const names = (events: ReturnType<EventsFollower["read"]>) => events.map(({ object }) => object.metadata?.name);

test("what the file holds comes first, then what is written, each event once", (t) => {
  const { path, follower } = following(t, event("first"));
  assert.deepEqual(names(follower.readFirst()), ["first"]);
  assert.deepEqual(follower.read(), []);
  appendFileSync(path, event("second") + event("third"));
  assert.deepEqual(names(follower.read()), ["second", "third"]);
  assert.deepEqual(follower.counters, { read: 3, badLines: 0 });
});

test("a line counts when its end is written, however it comes in parts", (t) => {
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

test("a bad line that was there at the start is heard of by who listens later, and so is every further one", (t) => {
  const { path, follower, heard, listen } = following(t, `garbage\n${event("first")}`);
  assert.deepEqual(names(follower.readFirst()), ["first"]);
  listen();
  assert.equal(heard.length, 1);
  assert.match(heard[0] ?? "", /events\.jsonl, line 1 is not JSON/);
  appendFileSync(path, `{"t":1}\n${event("second")}`);
  assert.deepEqual(names(follower.read()), ["second"]);
  assert.equal(heard.length, 2);
  assert.match(heard[1] ?? "", /line 3 is no watch event/);
  assert.deepEqual(follower.counters, { read: 2, badLines: 2 });
});

test("where nothing is wrong nobody hears anything", (t) => {
  const { follower, heard, listen } = following(t, event("first"));
  follower.readFirst();
  listen();
  assert.deepEqual(heard, []);
});

test("a file of which no line is an event is refused, and so is one that is not there", (t) => {
  const { follower } = following(t, "a\nb\n");
  assert.throws(() => follower.readFirst(), ConfigError);
  assert.throws(() => new EventsFollower(`${temporaryFolder(t)}/none`), ConfigError);
});
