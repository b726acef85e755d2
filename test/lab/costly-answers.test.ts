// One pod that costs as much as it can, beside others that work: none of their connections may be lost.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { CLI, cleanEnvironment, ended, temporaryFolder } from "../support/cli/wirespan.ts";
import { networkNamespace } from "../support/network-namespace.ts";
import { until } from "../support/until.ts";

const OURS = "10.99.7.1";
const THEIRS = "10.99.7.2";
const SENDER = fileURLToPath(new URL("./programs/costly-sender.js", import.meta.url));
const SECONDS = 6;
const PER_SECOND = 100;

/** Opens this many connections per second to a closed port; each is refused. */
const CONNECTS = `
  const { connect } = require("node:net");
  let begun = 0;
  const from = performance.now();
  const timer = setInterval(() => {
    const due = Math.min(${SECONDS * PER_SECOND}, ((performance.now() - from) / 1000) * ${PER_SECOND});
    for (; begun < due; begun++) connect(8080, "${THEIRS}").on("error", () => {});
    if (begun === ${SECONDS * PER_SECOND}) clearInterval(timer);
  }, 10);`;

for (const [bytes, perSecond] of [
  [1_400, 3_000],
  [64_000, 200],
] as const) {
  test(`L5 beside ${perSecond} costly answers of ${bytes} bytes a second no connection is lost`, {
    timeout: 60_000,
  }, async (t) => {
    const [own, neighbour] = [networkNamespace(t), networkNamespace(t)];
    own.run("ip", "link", "add", "wire0", "type", "veth", "peer", "name", "wire0", "netns", neighbour.name);
    own.run("ip", "address", "add", `${OURS}/24`, "dev", "wire0");
    neighbour.run("ip", "address", "add", `${THEIRS}/24`, "dev", "wire0");
    for (const side of [own, neighbour]) side.run("ip", "link", "set", "wire0", "up");
    const stats = join(temporaryFolder(t), "stats.json");
    const args = ["agent", "--no-kubernetes", "--format", "jsonl", "--stats", stats];
    const child = spawn("ip", ["netns", "exec", own.name, process.execPath, CLI, ...args], { env: cleanEnvironment() });
    t.after(() => child.kill("SIGKILL"));
    const end = ended(child);
    let said = "";
    child.stderr.on("data", (text) => {
      said += text;
    });
    await until("it captures", () => said.includes("capturing on"));
    const sender = neighbour.start(SENDER, OURS, String(bytes), String(perSecond), String(SECONDS));
    let sent = "";
    sender.stdout.on("data", (text) => {
      sent += text;
    });
    own.run(process.execPath, "-e", CONNECTS);
    await once(sender, "close");
    assert.ok(Number(sent) >= 0.9 * perSecond * SECONDS, `${sent} answers were sent`);
    const connections = (): number => JSON.parse(readFileSync(stats, "utf8")).facts.connections;
    await until("all attempts were decided", () => connections() >= SECONDS * PER_SECOND, 10_000).catch(() => {});
    const decoded = (): number => JSON.parse(readFileSync(stats, "utf8")).dnsMemo.misses;
    await until("all answers were read", () => decoded() >= Number(sent), 20_000).catch(() => {});
    child.kill("SIGTERM");
    const { stdout, stderr, code } = await end;
    const refused = stdout
      .split("\n")
      .filter((line) => line.includes('"refused"') && line.includes(`"${THEIRS}","port":8080`));
    const { kernelDrops, dnsMemo } = JSON.parse(readFileSync(stats, "utf8"));
    t.diagnostic(`${sent.trim()} answers, ${dnsMemo.misses} decoded, ${kernelDrops} packets dropped`);
    assert.equal(refused.length, SECONDS * PER_SECOND, stderr);
    assert.equal(kernelDrops, 0);
    assert.equal(code, 0, stderr);
  });
}
