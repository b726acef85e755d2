// The scripts that measure what an agent costs its node, each for a short time: their figures need a calm machine, and the
// whole run; that they work, and that the Collector counts what was made, do not.
import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Cleanup } from "../../scripts/cleanup.ts";
import { CpuShares } from "../../scripts/node-cost/cpu-shares.ts";
import { cpuMillis } from "../../scripts/node-cost/processes.ts";
import { repositoryRoot } from "../support/paths.ts";
import { until } from "../support/until.ts";
import { end } from "./support/commands.ts";

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
  assert.match(
    stdout,
    /^CPU shares as kubelet gives them: \d+m requested for the sensor, \d+m for the agent, 100m for each other pod$/m,
  );
});

test("programs on a busy core have CPU time by the requests of their pods, and the groups are removed", async () => {
  const cleanup = new Cleanup();
  const children: ChildProcess[] = [];
  // One core for all: loops on cores of their own would not compete.
  const loop = () => {
    const child = spawn("taskset", ["-c", "0", process.execPath, "-e", "for (;;);"], { stdio: "ignore" });
    children.push(child);
    return child.pid ?? 0;
  };
  const groupsOf = (pid: number) => readFileSync(`/proc/${pid}/cgroup`, "utf8");
  let group: string | undefined;
  try {
    const shares = CpuShares.make(1_000, cleanup);
    const [sensor, agent, web] = [loop(), loop(), loop()];
    shares.sensor(sensor);
    shares.agent(agent);
    shares.application("web", web);
    group = /wirespan-bench-\d+/.exec(groupsOf(web))?.[0];
    assert.match(groupsOf(web), /wirespan-bench-\d+\/pod-web\/main$/m);
    assert.match(groupsOf(sensor), /wirespan-bench-\d+\/pod-wirespan\/sensor$/m);
    await until("the loops have run", () => cpuMillis(web) > 300);
    const before = [sensor, agent, web].map(cpuMillis);
    await until("they have run on", () => cpuMillis(web) > (before[2] ?? 0) + 1_500);
    const [ofSensor = 0, ofAgent = 0, ofWeb = 0] = [sensor, agent, web].map(
      (pid, i) => cpuMillis(pid) - (before[i] ?? 0),
    );
    // 1000m beside 100m, and equal parts within the pod.
    assert.ok(ofWeb > 5 * (ofSensor + ofAgent), `${ofWeb} beside ${ofSensor} and ${ofAgent} ms`);
  } finally {
    cleanup.add(() => Promise.all(children.map((child) => end(child, "SIGKILL"))));
    await cleanup.run();
  }
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").match(/(?<=^(?:\S+ ){4})\/sys\/fs\/cgroup\S*/gm) ?? [];
  assert.ok(mounts.length > 0 && group !== undefined);
  assert.deepEqual(
    mounts.filter((folder) => existsSync(join(folder, group))),
    [],
  );
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
