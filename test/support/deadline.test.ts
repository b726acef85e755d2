import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { withDeadline } from "./deadline.ts";

const run = (script: string) => () => {
  const child = spawn(process.execPath, ["-e", script]);
  return { child, result: once(child, "close").then(([code]) => code) };
};

test("a child that ends in time gives its result", async () => {
  assert.equal(await withDeadline(run("process.exitCode = 3")), 3);
});

test("a child that is busy for ever is killed and fails", async () => {
  await assert.rejects(withDeadline(run("for (;;);"), 500), /for \(;;\);: not ended after 500 ms/);
});

test("a child that sleeps for ever is started once more, and fails the second time", async () => {
  let starts = 0;
  const sleeping = run("setInterval(() => {}, 1e6)");
  const counted = () => {
    starts++;
    return sleeping();
  };
  await assert.rejects(withDeadline(counted, 1_000), /not ended after 1000 ms/);
  assert.equal(starts, 2);
});
