// `wirespan record` on an API server that the test controls.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { pcapFile } from "../capture/support/capture-bytes.ts";
import {
  type ApiReply,
  kubeconfigOf,
  type OddApi,
  refuse,
  startOddApi,
  streamLists,
  writeLines,
} from "../kubernetes/client/support/odd-api.ts";
import { CLI, cleanEnvironment, ended, file, start, temporaryFolder, wirespan } from "../support/cli/wirespan.ts";
import { until } from "../support/until.ts";

const BOUND = { timeout: 60_000 };

function podNamed(name: string): object {
  const env = [{ name: "PASSWORD", value: "hunter2" }];
  return {
    metadata: { name, namespace: "shop", uid: name, resourceVersion: "8" },
    spec: { nodeName: "here", containers: [{ name: "main", env }] },
    status: { podIP: "10.1.0.5" },
  };
}

const LISTS = streamLists({ Node: [{ metadata: { name: "here" } }], Pod: [podNamed("web")] });
const forbidding =
  (resource: string): ApiReply =>
  (path, response) =>
    path.includes(`/${resource}?`) ? refuse(response, 403, "no") : LISTS(path, response);

function recording(t: TestContext, api: OddApi, log = join(temporaryFolder(t), "events.jsonl")) {
  const child = start(["record", "--cluster-log", log, "--kubeconfig", kubeconfigOf(t, api)]);
  t.after(() => child.kill("SIGKILL"));
  const end = ended(child);
  let stderr = "";
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  return {
    log,
    printed: (text: string) => until(`${text} is printed`, () => stderr.includes(text)),
    written: () => (existsSync(log) ? readFileSync(log, "utf8") : ""),
    stop(signal: NodeJS.Signals = "SIGTERM") {
      child.kill(signal);
      return end;
    },
  };
}

test("a record with every kind listed exits with 0", BOUND, async (t) => {
  const run = recording(t, await startOddApi(t, LISTS));
  await run.printed("recorded 2 objects, the capture may begin");
  const { code, stderr } = await run.stop();
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stderr, /incomplete/);
  const names = run
    .written()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).object.metadata.name);
  assert.deepEqual(names.toSorted(), ["here", "web"]);
  assert.doesNotMatch(run.written(), /hunter2/);
});

for (const signal of ["SIGINT", "SIGHUP"] as const) {
  test(`${signal} ends a record normally`, BOUND, async (t) => {
    const run = recording(t, await startOddApi(t, LISTS));
    await run.printed("recorded 2 objects, the capture may begin");
    const ended = await run.stop(signal);
    assert.deepEqual([ended.code, ended.signal], [0, null]);
    assert.match(ended.stderr, /wrote 2 events to/);
  });
}

test("a record without a kind that was never listed exits with 1 and names the kind", BOUND, async (t) => {
  const run = recording(t, await startOddApi(t, forbidding("services")));
  await run.printed("recorded 2 objects, the capture may begin");
  const { code, stderr } = await run.stop();
  assert.equal(code, 1, stderr);
  assert.match(stderr, /wirespan: incomplete: services were never listed/);
  assert.match(run.written(), /"web"/);
});

test("an invalid object is ignored with a message, and makes the record incomplete", BOUND, async (t) => {
  const odd = { metadata: { name: "odd", namespace: "shop", uid: "odd" }, spec: "none", status: 7 };
  const run = recording(t, await startOddApi(t, streamLists({ Node: [{ metadata: { name: "here" } }], Pod: [odd] })));
  await run.printed("recorded 1 object, the capture may begin");
  const { code, stderr } = await run.stop();
  assert.match(stderr, /object ignored: /);
  assert.match(stderr, /wirespan: incomplete: /);
  assert.equal(code, 1);
});

test("a record without events keeps the previous content of the file", BOUND, async (t) => {
  const log = file(temporaryFolder(t), "events.jsonl", "recorded before\n");
  const run = recording(t, await startOddApi(t, (_, response) => refuse(response, 500)), log);
  await run.printed("HTTP 500");
  const { code, stderr } = await run.stop();
  assert.equal(code, 1, stderr);
  assert.equal(run.written(), "recorded before\n");
});

test("changes are written immediately, with their times", BOUND, async (t) => {
  let change: (line: object) => void = () => {};
  const api = await startOddApi(t, (path, response) => {
    LISTS(path, response);
    if (path.startsWith("/api/v1/pods?")) change = (line) => writeLines(response, line);
  });
  const run = recording(t, api);
  await run.printed("recorded 2 objects, the capture may begin");
  const fromSeconds = Date.now() / 1_000;
  change({ type: "ADDED", object: podNamed("late") });
  await until("the new pod is written", () => run.written().includes('"late"'));
  change({ type: "DELETED", object: podNamed("late") });
  await until("its end is written", () => /"DELETED".*"late"/.test(run.written()));
  const { code } = await run.stop();
  assert.equal(code, 0);
  const [added, deleted] = run
    .written()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter(({ object }) => object.metadata.name === "late");
  assert.deepEqual([added.type, deleted.type], ["ADDED", "DELETED"]);
  assert.ok(added.t >= fromSeconds - 1 && added.t <= deleted.t && deleted.t <= Date.now() / 1_000);
});

test("a record without an API ends with one sentence and exit code 2", BOUND, async (t) => {
  const log = join(temporaryFolder(t), "events.jsonl");
  const run = await wirespan(["record", "--cluster-log", log], {
    env: { KUBECONFIG: join(temporaryFolder(t), "none") },
  });
  assert.deepEqual([run.code, run.stdout], [2, ""]);
  assert.match(run.stderr, /no Kubernetes API found; pass --kubeconfig FILE/);
  assert.equal(existsSync(log), false);
});

test("the example in the help waits for a slow API, and gives a complete result", BOUND, async (t) => {
  const api = await startOddApi(t, (path, response) => {
    if (path.startsWith("/api/v1/pods?")) setTimeout(() => LISTS(path, response), 1_500);
    else LISTS(path, response);
  });
  const { stdout: help } = await wirespan(["record", "--help"]);
  const example = help.slice(help.indexOf("Examples:")).split("\n").slice(1).join("\n");
  assert.match(example, /wirespan record --cluster-log events\.jsonl/);
  const folder = temporaryFolder(t);
  const packet = { seconds: 0, fraction: 0, bytes: new Uint8Array(60) };
  file(folder, "packets.pcap", pcapFile([{ ...packet, seconds: Math.floor(Date.now() / 1_000) + 30 }]));
  chmodSync(file(folder, "wirespan", `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`), 0o755);
  const capture = "#!/bin/sh\ncp events.jsonl at-capture.jsonl; cp packets.pcap node.pcap\n";
  chmodSync(file(folder, "tcpdump", capture), 0o755);
  const shell = spawn("bash", ["-c", example.replaceAll("worker-1", "here")], {
    cwd: folder,
    env: cleanEnvironment({ KUBECONFIG: kubeconfigOf(t, api), PATH: `${folder}:${process.env.PATH}` }),
  });
  t.after(() => shell.kill("SIGKILL"));
  const { stderr } = await ended(shell);
  assert.doesNotMatch(stderr, /incomplete/);
  assert.match(stderr, /1 packet, 0 interactions/);
  assert.match(readFileSync(join(folder, "at-capture.jsonl"), "utf8"), /"web"/);
});
