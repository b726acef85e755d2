import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { test } from "node:test";
import { FileCluster } from "../../src/cluster-source/file-cluster.ts";
import { file, temporaryFolder } from "../support/cli/wirespan.ts";

const event = (name: string, uid: unknown = name): string =>
  `${JSON.stringify({ t: 1, type: "ADDED", object: { kind: "Pod", metadata: { name, uid } } })}\n`;

test("invalid input in a followed log makes the result incomplete, from the start and as the log grows", async (t) => {
  const folder = temporaryFolder(t);
  const events = file(folder, "events.jsonl", event("first") + event("bad", {}));
  const cluster = new FileCluster({ events } as ConstructorParameters<typeof FileCluster>[0], null);
  t.after(() => cluster.close());
  const reported: string[] = [];
  const input = (problem: string): void => void reported.push(problem);
  await cluster.start({ input, watch() {}, nodes() {} });
  assert.match(
    cluster.problems().join(),
    /^1 invalid object was ignored \(events file .*, line 2: Pod bad: [^;]*\); correct/,
  );
  assert.deepEqual(reported, cluster.problems());
  appendFileSync(events, `${event("worse", 5)}garbage\n`);
  cluster.applyUpdates();
  const [objects, lines, ...others] = cluster.problems();
  assert.match(objects ?? "", /^2 invalid objects were ignored \(first: events file .*, line 2: Pod bad: /);
  assert.match(lines ?? "", /^1 invalid line was ignored \(events file .*, line 4 is not JSON; /);
  assert.deepEqual(others, []);
  assert.match(reported.at(-1) ?? "", /line 4 is not JSON; .*; ignored$/);
});
