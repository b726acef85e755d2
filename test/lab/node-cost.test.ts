// The scripts that measure what an agent costs its node, each for a short time: their figures need a calm machine, and the
// whole run; that they work, and that the Collector counts what was made, do not.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repositoryRoot } from "../support/paths.ts";
import { until } from "../support/until.ts";

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function script(name: string, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const path = join(repositoryRoot, `dist/scripts/node-cost/${name}.js`);
    execFile(process.execPath, [path, ...args], { cwd: repositoryRoot }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
  });
}

test("L3 npm run soak: pods come and go under load, and the Collector counts every connection", async (t) => {
  const { code, stdout, stderr } = await script("soak", "--minutes", "0.5", "--rate", "100");
  t.diagnostic(stdout);
  assert.equal(code, 0, stdout + stderr);
  const [, made, replaced] = /^(\d+) connections in .* (\d+) pods replaced$/m.exec(stdout) ?? [];
  assert.ok(Number(made) > 1_500, `${made} connections`);
  assert.ok(Number(replaced) >= 3, `${replaced} pods replaced`);
  assert.match(
    stdout,
    new RegExp(`^counted by the Collector: ${made}; kernel drops 0; exit code of the agent 0$`, "m"),
  );
  for (const name of ["sensor", "agent"]) assert.match(stdout, new RegExp(`^${name}: PSS [1-9][\\d.]+ to `, "m"));
});

test("npm run bench:node: CPU time and memory of both processes at a constant rate", async (t) => {
  const { code, stdout, stderr } = await script("rates", "--rates", "0,50", "--seconds", "3", "--rounds", "1");
  t.diagnostic(stdout);
  assert.equal(code, 0, stdout + stderr);
  const [, ...row] =
    stdout
      .split("\n")
      .find((line) => /^│ 50 /.test(line))
      ?.split("│") ?? [];
  const [rate, sensor, agent, both] = row.map((cell) => Number(cell));
  assert.equal(rate, 50);
  assert.ok(Math.abs((sensor ?? 0) + (agent ?? 0) - (both ?? 0)) < 0.2, row.join());
  assert.ok((sensor ?? 0) > 0 && (agent ?? 0) > 0, row.join());
});

test("L4 npm run bench:latency: latencies with and without the agent, and the interval of the difference", async (t) => {
  const { code, stdout, stderr } = await script("latency", "--pairs", "6", "--seconds", "1", "--rate", "40");
  t.diagnostic(stdout);
  // A second says too little to hold the agent to its limit.
  assert.ok(code === 0 || code === 1, stdout + stderr);
  for (const figure of ["new connection, p50", "new connection, p99", "open connection, p50", "open connection, p99"]) {
    assert.match(stdout, new RegExp(`│ ${figure} +│ \\d+ +│ \\d+ +│ -?\\d+ \\(-?\\d+ to -?\\d+\\)`));
  }
  assert.equal(stderr.match(/bench:latency: with /g)?.length, 6);
  assert.equal(stderr.match(/bench:latency: without /g)?.length, 6);
});

test("Ctrl-C leaves no namespace behind", async () => {
  const args = ["dist/scripts/node-cost/rates.js", "--rates", "10", "--seconds", "60"];
  const child = spawn(process.execPath, args, { cwd: repositoryRoot, stdio: "ignore" });
  const exited = once(child, "exit");
  const namespaces = () => {
    const all = existsSync("/run/netns") ? readdirSync("/run/netns") : [];
    return all.filter((name) => name.startsWith(`wl${child.pid}x`));
  };
  await until("its pods are there", () => namespaces().some((name) => name.endsWith("-p6")));
  child.kill("SIGINT");
  assert.deepEqual(await exited, [130, null]);
  assert.deepEqual(namespaces(), []);
});
