// Every error of the file system is one sentence, and only the named file is written.
import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { pcapFile } from "../capture/support/capture-bytes.ts";
import { file, temporaryFolder, wirespan } from "../support/cli/wirespan.ts";
import { ethernet, ipv4, tcp } from "../support/packet-builder.ts";

const syn = ethernet(
  ipv4({ source: "10.0.0.1", destination: "10.0.0.2" }, tcp({ sourcePort: 1000, destinationPort: 80, flags: 2 })),
);
const CAPTURE = pcapFile([0, 6].map((at) => ({ seconds: 1_700_000_000 + at, fraction: 0, bytes: syn })));
const UNPRIVILEGED = 65_534;

test("an unreadable or unwritable path is one sentence, for every option", async (t) => {
  const folder = temporaryFolder(t);
  const good = file(folder, "good.pcap", CAPTURE);
  symlinkSync("loop", join(folder, "loop"));
  mkdirSync(join(folder, "closed"), { mode: 0o700 });
  file(join(folder, "closed"), "a.pcap", CAPTURE);
  const socket = createServer().listen(join(folder, "socket"));
  await once(socket, "listening");
  t.after(() => socket.close());
  const paths = ["loop", "x".repeat(5_000), "good.pcap/inside", "socket", ".", "closed/a.pcap"];
  for (const path of paths.map((name) => join(folder, name))) {
    for (const args of [
      ["replay", path],
      ["replay", good, path],
      ["replay", good, "--cluster", path],
      ["replay", good, "--events", path],
      ["replay", good, "-o", path],
      ["replay", good, "--stats", path],
      ["agent", "--file", good, "--events", path],
      ["doctor", "--kubeconfig", path],
    ]) {
      const run = await wirespan(args, process.getuid?.() === 0 ? { uid: UNPRIVILEGED } : {});
      assert.match(run.stderr, /^wirespan: [^\n]+[;:] [^\n]+\n$/, `${args.join(" ").slice(0, 120)}: ${run.stderr}`);
      assert.ok(run.code === 1 || run.code === 2, run.stderr);
    }
  }
});

test("a log of events that is a pipe is rejected by the agent", async (t) => {
  const folder = temporaryFolder(t);
  const good = file(folder, "good.pcap", CAPTURE);
  const run = await wirespan(["agent", "--file", good, "--events", "/dev/stdin", "-o", join(folder, "out.jsonl")]);
  assert.match(run.stderr, /^wirespan: events file \/dev\/stdin cannot be (read|followed)[^\n]+\n$/);
  assert.equal(run.code, 2);
});

test("--stats writes only the named file, whichever other files exist", async (t) => {
  const folder = temporaryFolder(t);
  const victim = file(folder, "victim", "keep me");
  const capture = file(folder, "s.json.new", CAPTURE);
  for (const name of ["s.json.tmp", ".s.json", "s.json~"]) symlinkSync(victim, join(folder, name));
  const before = readdirSync(folder).sort();
  for (let i = 0; i < 2; i++) {
    const { code, stderr } = await wirespan(["replay", capture, "--stats", join(folder, "s.json")]);
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(readFileSync(join(folder, "s.json"), "utf8")).packets, 2);
  }
  assert.deepEqual(readdirSync(folder).sort(), [...before, "s.json"].sort());
  assert.deepEqual(readFileSync(capture), Buffer.from(CAPTURE));
  assert.equal(readFileSync(victim, "utf8"), "keep me");
  assert.ok(lstatSync(join(folder, "s.json.tmp")).isSymbolicLink());
});

test("counters under a long file name leave no other file", async (t) => {
  const folder = temporaryFolder(t);
  const capture = file(folder, "a.pcap", CAPTURE);
  const name = join(folder, "y".repeat(250));
  const { code } = await wirespan(["replay", capture, "--stats", name]);
  assert.equal(code, 0);
  assert.ok(existsSync(name));
  assert.equal(readdirSync(folder).length, 2);
});

test("no output overwrites an input, also not the kubeconfig", async (t) => {
  const folder = temporaryFolder(t);
  const kubeconfig = file(folder, "config", "apiVersion: v1");
  symlinkSync(kubeconfig, join(folder, "link"));
  for (const written of [kubeconfig, join(folder, "link")]) {
    for (const args of [
      ["record", "--kubeconfig", kubeconfig, "--cluster-log", written],
      ["agent", "--kubeconfig", kubeconfig, "-o", written],
      ["agent", "--kubeconfig", kubeconfig, "--stats", written],
    ]) {
      const { code, stderr } = await wirespan(args);
      assert.equal(code, 2);
      assert.match(
        stderr,
        /^wirespan: --?[a-z-]+ [^\n]* would overwrite the input [^\n]*config; choose another file\n$/,
      );
      assert.equal(readFileSync(kubeconfig, "utf8"), "apiVersion: v1");
    }
  }
});

test("an unwritable path for counters and an empty value are rejected before the command starts", async (t) => {
  const folder = temporaryFolder(t);
  const capture = file(folder, "a.pcap", CAPTURE);
  const path = join(folder, "socket");
  const socket = createServer().listen(path);
  await once(socket, "listening");
  t.after(() => socket.close());
  const run = await wirespan(["replay", capture, "--stats", path]);
  assert.equal(
    run.stderr,
    `wirespan: cannot write --stats ${path} (it is a socket); choose a file in a writable directory\n`,
  );
  assert.deepEqual([run.code, run.stdout], [2, ""]);
  for (const option of ["--stats", "--output", "--cluster", "--events", "--cluster-domain", "--dns-port"]) {
    const empty = await wirespan(["replay", capture, option, ""]);
    assert.equal(empty.stderr, `wirespan: ${option} is empty; pass a value, or omit the option\n`);
    assert.deepEqual([empty.code, empty.stdout], [2, ""]);
  }
});

test("counters can go to a writable device in an unwritable directory", async (t) => {
  const folder = temporaryFolder(t);
  chmodSync(folder, 0o755);
  const good = file(folder, "good.pcap", CAPTURE);
  const { stderr, stdout } = await wirespan(
    ["replay", good, "--stats", "/dev/null"],
    process.getuid?.() === 0 ? { uid: UNPRIVILEGED } : {},
  );
  assert.doesNotMatch(stderr, /--stats/);
  assert.match(stdout, /timed out/);
});
