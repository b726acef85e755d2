import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { EventsTail, readClusterFile, readEventsFile } from "../../../src/kubernetes/files/kubernetes-file.ts";
import { ConfigError } from "../../../src/model/errors.ts";

function fileWith(t: TestContext, text: string | Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), "wirespan-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "given.json");
  writeFileSync(path, text);
  return path;
}

function isOneSentence(error: unknown, ...parts: readonly string[]): boolean {
  assert.ok(error instanceof ConfigError, String(error));
  assert.ok(!error.message.includes("\n"), error.message);
  for (const part of parts) assert.ok(error.message.includes(part), `${error.message} does not say ${part}`);
  return true;
}

test("a List, a typed list and one object are read; the items of a typed list get its kind", (t) => {
  const named = (name: string) => ({ metadata: { name } });
  const list = {
    kind: "List",
    items: [
      { kind: "Pod", ...named("a") },
      { kind: "Node", ...named("b") },
    ],
  };
  const kinds = (path: string) => readClusterFile(path).map(({ kind, metadata }) => `${kind} ${metadata?.name}`);
  assert.deepEqual(kinds(fileWith(t, JSON.stringify(list))), ["Pod a", "Node b"]);
  const typed = { kind: "PodList", apiVersion: "v1", items: [named("a"), { kind: "Pod", ...named("b") }] };
  assert.deepEqual(kinds(fileWith(t, JSON.stringify(typed))), ["Pod a", "Pod b"]);
  assert.deepEqual(kinds(fileWith(t, JSON.stringify({ kind: "Pod", ...named("a") }))), ["Pod a"]);
  const empty = JSON.stringify({ kind: "List", items: [] });
  assert.deepEqual(kinds(fileWith(t, empty)), []);
});

test("a byte order mark before the JSON, as Windows shells write it, does no harm", (t) => {
  const path = fileWith(t, `\uFEFF${JSON.stringify({ kind: "List", items: [] })}`);
  assert.deepEqual(readClusterFile(path), []);
});

for (const [what, text, ...parts] of [
  ["cut JSON", '{"kind":"List","items":[', "broken or was cut", "kubectl get"],
  ["nothing", "", "is empty", "kubectl get"],
  ["YAML", "apiVersion: v1\nkind: List\nitems: []\n", "is YAML", "kubectl get"],
  ["words", "No resources found", "is not JSON", "kubectl get"],
  ["JSON that is no object", "[]", "no Kubernetes objects", "kubectl get"],
  ["null", "null", "no Kubernetes objects", "kubectl get"],
  ["an object without a kind", '{"items":{}}', "no Kubernetes objects", "kubectl get"],
  ["a List without items", '{"kind":"List"}', "without items", "kubectl get"],
  ["a List whose items are no list", '{"kind":"PodList","items":{}}', "without items", "kubectl get"],
] as const) {
  test(`a cluster file with ${what} is refused in one sentence`, (t) => {
    const path = fileWith(t, text);
    assert.throws(
      () => readClusterFile(path),
      (error) => isOneSentence(error, path, ...parts),
    );
  });
}

test("items that are no objects are passed over", (t) => {
  const path = fileWith(t, '{"kind":"List","items":[null,1,"x",[],{"kind":"Pod","metadata":{"name":"a"}}]}');
  assert.equal(readClusterFile(path).length, 1);
});

for (const read of [readClusterFile, readEventsFile, (path: string) => new EventsTail(path)]) {
  const name = read.name || "EventsTail";
  test(`a file that is not there, and a folder, are refused in one sentence by ${name}`, (t) => {
    const missing = join(tmpdir(), "wirespan-is-not-there.json");
    assert.throws(
      () => read(missing),
      (error) => isOneSentence(error, missing, "does not exist"),
    );
    const folder = join(fileWith(t, ""), "..");
    assert.throws(
      () => {
        const opened = read(folder);
        if (opened instanceof EventsTail) opened.read(failOn);
      },
      (error) => isOneSentence(error, folder),
    );
  });
}

const EVENT = { t: 1_795_417_363.5, type: "ADDED", object: { kind: "Pod", metadata: { name: "näme-€-🚀" } } };
const line = JSON.stringify(EVENT);

test("events are read with their times in microseconds; bookmarks, errors and empty lines are no news", (t) => {
  const others = ['{"type":"BOOKMARK","t":1,"object":{}}', "", '{"type":"ERROR","object":{"code":410}}', "  "];
  const events = readEventsFile(fileWith(t, [line, ...others, line].join("\n")));
  assert.equal(events.length, 2);
  assert.deepEqual(events[0], { timeMicros: 1_795_417_363_500_000, type: "ADDED", object: EVENT.object });
});

for (const [what, bad, part] of [
  ["cut JSON", '{"t":1,"type":"ADD', "is not JSON"],
  ["no object", "[1]", "is no watch event"],
  ["no type", '{"t":1,"object":{}}', "is no watch event"],
  ["an unknown type", '{"t":1,"type":"CHANGED","object":{}}', "is no watch event"],
  ["no time", '{"type":"ADDED","object":{}}', "is no watch event"],
  ["a time in words", '{"t":"2026-11-23T08:00:00Z","type":"ADDED","object":{}}', "is no watch event"],
  ["no Kubernetes object", '{"t":1,"type":"ADDED","object":[]}', "is no watch event"],
] as const) {
  test(`an event line with ${what} is refused, with its number`, (t) => {
    const path = fileWith(t, `${line}\n\n${bad}\n${line}\n`);
    assert.throws(
      () => readEventsFile(path),
      (error) => isOneSentence(error, path, "line 3", part),
    );
  });
}

/** For logs in which every line is good. */
function failOn(problem: ConfigError): never {
  assert.fail(problem.message);
}

test("the tail tells of a bad line in one sentence, and goes on behind it", (t) => {
  const tail = new EventsTail(fileWith(t, `${line}\n\n{"t":1,"type":"ADD\n${line}\n[]\n`));
  t.after(() => tail.close());
  const problems: ConfigError[] = [];
  assert.equal(tail.read((problem) => problems.push(problem)).length, 2);
  assert.equal(problems.length, 2);
  for (const [i, number] of [3, 5].entries()) assert.ok(isOneSentence(problems[i], `line ${number}`));
});

test("a line that is too long is told of once, as soon as that shows, and the tail goes on behind it", (t) => {
  const path = fileWith(t, `${line}\n`);
  const tail = new EventsTail(path);
  t.after(() => tail.close());
  const problems: ConfigError[] = [];
  const read = () => tail.read((problem) => problems.push(problem)).length;
  assert.equal(read(), 1);
  for (let i = 0; i < 20; i++) appendFileSync(path, "x".repeat(1024 * 1024));
  assert.equal(read(), 0);
  assert.ok(isOneSentence(problems[0], "line 2 has more than 16 MB"));
  appendFileSync(path, `\n${line}\n`);
  assert.equal(read(), 1);
  assert.equal(problems.length, 1);
});

test("what has no end is refused by every reader", { timeout: 30_000 }, (t) => {
  for (const read of [readClusterFile, readEventsFile]) {
    assert.throws(
      () => read("/dev/zero"),
      (error) => isOneSentence(error, "/dev/zero holds more than 256 MB"),
    );
  }
  const tail = new EventsTail("/dev/zero");
  t.after(() => tail.close());
  const problems: ConfigError[] = [];
  for (let i = 0; i < 3; i++)
    assert.deepEqual(
      tail.read((problem) => problems.push(problem)),
      [],
    );
  assert.deepEqual(
    problems.map((problem) => isOneSentence(problem, "line 1 has more than 16 MB")),
    [true],
  );
});

test("a file that is too large is refused before it is read", (t) => {
  const path = fileWith(t, "");
  truncateSync(path, 550_000_000);
  for (const [read, fix] of [
    [readClusterFile, "; give one with the kinds that --help names"],
    [readEventsFile, "; give only its lines from the time of the capture"],
  ] as const) {
    assert.throws(
      () => read(path),
      (error) => isOneSentence(error, "holds more than 256 MB", fix),
    );
  }
});

test("the tail reads whole lines only, and follows the log as it grows, in portions that cut characters", (t) => {
  const bytes = Buffer.from(`${line}\n${line}\n${line}\n`);
  for (const portion of [1, 2, 3, 7, 50, 1_000]) {
    const path = fileWith(t, "");
    const tail = new EventsTail(path);
    t.after(() => tail.close());
    const names: (string | undefined)[] = [];
    for (let at = 0; at < bytes.length; at += portion) {
      const part = bytes.subarray(at, at + portion);
      appendFileSync(path, part);
      const before = bytes.subarray(0, at).filter((byte) => byte === 10).length;
      const now = bytes.subarray(0, at + part.length).filter((byte) => byte === 10).length;
      const events = tail.read(failOn);
      assert.equal(events.length, now - before);
      names.push(...events.map(({ object }) => object.metadata?.name));
    }
    assert.deepEqual(names, Array(3).fill(EVENT.object.metadata.name));
    assert.deepEqual(tail.read(failOn), []);
  }
});

test("the tail reads a log larger than its buffer, with lines across the buffer's end", (t) => {
  const filler = { ...EVENT, object: { ...EVENT.object, spec: { note: "é".repeat(3_333) } } };
  const path = fileWith(t, `${JSON.stringify(filler)}\n`.repeat(400));
  const tail = new EventsTail(path);
  t.after(() => tail.close());
  const events = tail.read(failOn);
  assert.equal(events.length, 400);
  assert.ok(events.every(({ object }) => object.spec?.note === filler.object.spec.note));
});

const badPod = { kind: "Pod", metadata: { name: "bad", namespace: "shop", uid: { toString: 1 } } };

test("lists in lists, several outputs of kubectl, and null among objects are one cluster", (t) => {
  const pod = (name: string) => ({ kind: "Pod", metadata: { name } });
  const list = (...items: unknown[]) => ({ kind: "List", items });
  const typed = { kind: "PodList", items: [{ metadata: { name: "c" } }, null] };
  const names = (text: string) =>
    readClusterFile(fileWith(t, text)).map(({ kind, metadata }) => `${kind} ${metadata?.name}`);
  const all = ["Pod a", "Pod b", "Pod c"];
  assert.deepEqual(names(JSON.stringify([list(pod("a")), list(pod("b")), typed])), all);
  assert.deepEqual(names(JSON.stringify(list(list(pod("a"), list(pod("b"))), null, typed))), all);
  assert.deepEqual(
    names([list(pod("a"), pod("b")), typed].map((part) => JSON.stringify(part, null, 4)).join("\n")),
    all,
  );
  assert.deepEqual(names([pod("a"), pod("b"), typed].map((part) => JSON.stringify(part)).join("\n")), all);
  assert.deepEqual(names(JSON.stringify({ kind: "PodList", items: null })), []);
  assert.equal(names(`${"[".repeat(9_000)}${JSON.stringify(pod("a"))}${"]".repeat(9_000)}`).length, 1);
});

test("an object that cannot be used is handed over with its place, and left out", (t) => {
  const problems: string[] = [];
  const items = [badPod, { kind: "Pod", metadata: { name: "good" } }, 7, { kind: "ServiceList" }];
  const path = fileWith(t, JSON.stringify({ kind: "List", items }));
  assert.deepEqual(
    readClusterFile(path, (problem) => problems.push(problem)).map(({ metadata }) => metadata?.name),
    ["good"],
  );
  assert.deepEqual(problems.map((problem) => problem.replace(`cluster file ${path}: `, "")).sort(), [
    "Pod shop/bad: metadata.uid is an object, not text",
    "a ServiceList without items",
    "an object is a number",
  ]);
});

test("an event of such an object is left out of a log, and is a bad line of one that is followed", (t) => {
  const bad = JSON.stringify({ ...EVENT, object: badPod });
  const path = fileWith(t, `${line}\n${bad}\n${line}\n`);
  const problems: string[] = [];
  assert.equal(readEventsFile(path, (problem) => problems.push(problem)).length, 2);
  const tail = new EventsTail(path);
  t.after(() => tail.close());
  assert.equal(tail.read(({ message }) => problems.push(message)).length, 2);
  const says = `events file ${path}, line 2: Pod shop/bad: metadata.uid is an object, not text`;
  assert.deepEqual(problems, [says, says]);
});

test("a time beyond all numbers is no event", (t) => {
  const path = fileWith(t, '{"t":1e308,"type":"ADDED","object":{"kind":"Pod","metadata":{"name":"a"}}}\n');
  assert.throws(
    () => readEventsFile(path),
    (error) => isOneSentence(error, "line 1", "is no watch event"),
  );
});

test("an object of a kind that is called a list is no list, for it has a name", (t) => {
  const bad: string[] = [];
  const path = fileWith(
    t,
    [
      { kind: "IPAllowList", metadata: { name: "office" } },
      { kind: "Pod", metadata: { name: "a" } },
    ]
      .map((object) => JSON.stringify(object))
      .join("\n"),
  );
  const read = readClusterFile(path, (problem) => bad.push(problem));
  assert.deepEqual(bad, []);
  assert.deepEqual(
    read.map(({ kind }) => kind),
    ["IPAllowList", "Pod"],
  );
});
