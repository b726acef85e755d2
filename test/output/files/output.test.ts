import assert from "node:assert/strict";
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ConfigError } from "../../../src/model/errors.ts";
import { Output } from "../../../src/output/files/output.ts";
import { file, temporaryFolder } from "../../support/cli/wirespan.ts";

const LONG = "an older and longer result\n".repeat(1_000);

test("a shorter result replaces a longer one completely", (t) => {
  const path = file(temporaryFolder(t), "result.txt", LONG);
  const output = new Output(path);
  output.write("new\n");
  output.close();
  assert.equal(readFileSync(path, "utf8"), "new\n");
});

test("an empty result empties the file", (t) => {
  const path = file(temporaryFolder(t), "result.txt", LONG);
  new Output(path).close();
  assert.equal(readFileSync(path, "utf8"), "");
});

test("the content of a file stays until the first write", (t) => {
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

test("text is written in portions without a flush", (t) => {
  const path = file(temporaryFolder(t), "result.txt", "");
  const output = new Output(path);
  for (let i = 0; i < 10; i++) output.write("x".repeat(10_000));
  assert.ok(readFileSync(path, "utf8").length > 60_000);
  output.close();
  assert.equal(readFileSync(path, "utf8").length, 100_000);
});

test("the message on an unwritable file names its option", (t) => {
  const path = `${temporaryFolder(t)}/none/a.jsonl`;
  assert.throws(
    () => new Output(path, "--cluster-log"),
    (error) =>
      error instanceof ConfigError &&
      /cannot write --cluster-log .* \(its directory does not exist\); choose a/.test(error.message),
  );
});

test("a new file is created on the first write", (t) => {
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

test("a link to a missing file is followed", (t) => {
  const folder = temporaryFolder(t);
  symlinkSync("target.html", join(folder, "link.html"));
  const output = new Output(join(folder, "link.html"));
  output.write("a map\n");
  output.close();
  assert.equal(readFileSync(join(folder, "target.html"), "utf8"), "a map\n");
});

test("bytes are written after the text before them", (t) => {
  const path = join(temporaryFolder(t), "lines.jsonl");
  const output = new Output(path);
  output.write("one\n");
  output.writeBytes(Buffer.from("two\n"));
  assert.equal(readFileSync(path, "utf8"), "one\ntwo\n");
  output.write("three\n");
  output.close();
  assert.equal(readFileSync(path, "utf8"), "one\ntwo\nthree\n");
});
