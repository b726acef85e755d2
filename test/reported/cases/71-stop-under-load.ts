import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CLI, cleanEnvironment, ended } from "../../support/cli/wirespan.ts";
import { networkNamespace } from "../../support/network-namespace.ts";
import { until } from "../../support/until.ts";
import type { ReportedCase } from "../support/reported-case.ts";

const CONNECTIONS = 100;
const MESSAGES = 4_000;

/** Sends the payload repeatedly at full speed, while the neighbor refuses connections. */
const LOAD = `
  const [payload, address] = process.argv.slice(1);
  const bytes = require("node:fs").readFileSync(payload);
  const socket = require("node:dgram").createSocket("udp4");
  const connect = () => new Promise((done) => require("node:net").connect(8080, address).on("error", done));
  socket.bind(5353, async () => {
    for (let i = 0; i < ${MESSAGES}; i++) {
      bytes.writeUInt16BE(i, 0);
      bytes.write(String(i).padStart(5, "0"), 13);
      await new Promise((done) => socket.send(bytes, 53, address, done));
      if (i % ${MESSAGES / CONNECTIONS} === 0) await connect();
    }
    socket.close();
  });`;

export const reportedCase: ReportedCase = {
  folder: "71-stop-under-load",
  async check(inputs) {
    const [own, neighbour] = [networkNamespace(inputs.t), networkNamespace(inputs.t)];
    own.run("ip", "link", "add", "wire0", "type", "veth", "peer", "name", "wire0", "netns", neighbour.name);
    own.run("ip", "address", "add", "10.9.0.1/24", "dev", "wire0");
    neighbour.run("ip", "address", "add", "10.9.0.2/24", "dev", "wire0");
    for (const side of [own, neighbour]) side.run("ip", "link", "set", "wire0", "up");
    const stats = join(inputs.scratch(), "stats.json");
    const args = [CLI, "agent", "--no-kubernetes", "--device", "wire0", "--format", "jsonl", "--stats", stats];
    const agent = spawn("ip", ["netns", "exec", own.name, process.execPath, ...args], { env: cleanEnvironment() });
    inputs.t.after(() => agent.kill("SIGKILL"));
    const end = ended(agent);
    let said = "";
    agent.stderr.on("data", (text: string) => {
      said += text;
    });
    await until("it captures", () => said.includes("capturing on"));
    own.run(process.execPath, "-e", LOAD, inputs.path("p1400"), "10.9.0.2");
    const from = performance.now();
    agent.kill("SIGTERM");
    const { code, stdout } = await end;
    assert.ok(performance.now() - from < 2_000);
    const { packets, kernelReceived, kernelDrops, kernelQueued, problems } = JSON.parse(readFileSync(stats, "utf8"));
    assert.equal(kernelReceived, packets + kernelDrops + kernelQueued);
    assert.ok(kernelReceived >= MESSAGES + 2 * CONNECTIONS, String(kernelReceived));
    const isWhole = kernelDrops + kernelQueued === 0;
    assert.equal(code, isWhole ? 0 : 1);
    assert.equal(problems.length === 0, isWhole);
    assert.equal(stdout.includes('"wirespan":"incomplete"'), !isWhole);
    if (isWhole) assert.equal(stdout.match(/"outcome":"refused"/g)?.length, CONNECTIONS);
  },
};
