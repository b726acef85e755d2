import assert from "node:assert/strict";
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ConfigError } from "../../src/model/errors.ts";
import { Output } from "../../src/output/output.ts";
import { file, temporaryFolder } from "../support/cli/wirespan.ts";

const LONG = "an older and longer result\n".repeat(1_000);

test("a shorter result leaves nothing of the longer one that the file held", (t) => {
  const path = file(temporaryFolder(t), "result.txt", LONG);
  const output = new Output(path);
  output.write("new\n");
  output.close();
  assert.equal(readFileSync(path, "utf8"), "new\n");
});

test("a result of nothing empties the file", (t) => {
  const path = file(temporaryFolder(t), "result.txt", LONG);
  new Output(path).close();
  assert.equal(readFileSync(path, "utf8"), "");
});

test("what a file held stays until something is written in its place", (t) => {
  const path = file(temporaryFolder(t), "result.txt", LONG);
  const output = new Output(path);
  output.write("new\n");
  assert.equal(readFileSync(path, "utf8"), LONG);
  output.flush();
  assert.equal(readFileSync(path, "utf8"), "new\n");
  output.write("more\n");
  output.close();
  assert.equal(readFileSync(path, "utf8"), "new\nmore\n");
});

test("text is written in portions, before it is asked for", (t) => {
  const path = file(temporaryFolder(t), "result.txt", "");
  const output = new Output(path);
  for (let i = 0; i < 10; i++) output.write("x".repeat(10_000));
  assert.ok(readFileSync(path, "utf8").length > 60_000);
  output.close();
  assert.equal(readFileSync(path, "utf8").length, 100_000);
});

test("the option that gave the file stands in the message where it cannot be written", (t) => {
  const path = `${temporaryFolder(t)}/none/a.jsonl`;
  assert.throws(
    () => new Output(path, "--cluster-log"),
    (error) => error instanceof ConfigError && /cannot write --cluster-log .* \(ENOENT\); choose a/.test(error.message),
  );
});

test("a file that was not there is made when there is something to write, and not before", (t) => {
  const path = join(temporaryFolder(t), "map.html");
  const output = new Output(path);
  assert.equal(existsSync(path), false);
  output.write("a map\n");
  assert.equal(existsSync(path), false);
  output.flush();
  assert.equal(readFileSync(path, "utf8"), "a map\n");
  output.close();
  const nothing = new Output(join(path, "..", "nothing.html"));
  nothing.close();
  assert.equal(readFileSync(join(path, "..", "nothing.html"), "utf8"), "");
});

test("a link to a file that is not there is followed", (t) => {
  const folder = temporaryFolder(t);
  symlinkSync("target.html", join(folder, "link.html"));
  const output = new Output(join(folder, "link.html"));
  output.write("a map\n");
  output.close();
  assert.equal(readFileSync(join(folder, "target.html"), "utf8"), "a map\n");
});
