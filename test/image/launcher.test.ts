// The launcher as the parent of a sensor. What it does in the image is in containers.test.ts.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { generate } from "../../scripts/bench/generate.ts";
import type { HostLine } from "../sensor/support/host-line.ts";
import { CLI, temporaryFolder } from "../support/cli/wirespan.ts";
import { jsonLines } from "../support/json-lines.ts";
import { type NetworkNamespace, networkNamespace } from "../support/network-namespace.ts";
import { repositoryRoot } from "../support/paths.ts";
import { until } from "../support/until.ts";

const HOST = fileURLToPath(new URL("../support/sensor-host.js", import.meta.url));

let launcher: string;
let built: string;
before(() => {
  built = mkdtempSync(join(tmpdir(), "wirespan-launcher-"));
  launcher = join(built, "wirespan");
  const paths = { LAUNCHER: launcher, NODE: process.execPath, PROGRAM: CLI };
  const defines = Object.entries(paths).map(([name, path]) => `-D${name}="${path}"`);
  execFileSync("gcc", [
    "-Wall",
    "-Wextra",
    "-Werror",
    "-o",
    launcher,
    join(repositoryRoot, "image/launcher.c"),
    ...defines,
  ]);
});
after(() => rmSync(built, { recursive: true, force: true }));

/** `wirespan sensor` by the launcher, in the namespace. */
function startSensor(t: TestContext, { name }: NetworkNamespace, path: string) {
  const child = spawn("ip", ["netns", "exec", name, launcher, "sensor", "--socket", path], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  let text = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  return { child, text: () => text };
}

/** DNS and handshakes as fast as this machine sends them: the sensor's ring is never empty. */
function startFlood(t: TestContext, namespace: NetworkNamespace): void {
  const directory = temporaryFolder(t);
  generate({ directory, packets: 20_000, seed: 1, shift: 0, network: "flat", link: "ethernet" });
  namespace.run("ip", "link", "add", "near0", "type", "veth", "peer", "name", "far0");
  for (const link of ["near0", "far0"]) namespace.run("ip", "link", "set", link, "arp", "off", "up");
  const replay = ["tcpreplay", "-q", "--preload-pcap", "--topspeed", "--loop=0", "--intf1=near0"];
  for (let i = 0; i < 3; i++) {
    const flood = spawn("ip", ["netns", "exec", namespace.name, ...replay, join(directory, "capture.pcap")], {
      stdio: "ignore",
    });
    t.after(() => flood.kill("SIGKILL"));
  }
}

describe("the launcher of a sensor", { timeout: 60_000 }, () => {
  it("K6 stops it within two seconds under a flood, and the agent gets what was received before", async (t) => {
    const namespace = networkNamespace(t);
    const path = join(temporaryFolder(t), "sensor.sock");
    const { child, text } = startSensor(t, namespace, path);
    await until("the sensor listens", () => existsSync(path));
    const agent = namespace.start(HOST, JSON.stringify({ path, dnsPorts: [53] }));
    const line = jsonLines<HostLine>(agent.stdout);
    startFlood(t, namespace);
    await line(({ sensor }) => (sensor?.source.kernel.dropped ?? 0) > 1_000);
    const startMillis = performance.now();
    child.kill("SIGTERM");
    let last: HostLine["sensor"];
    const [[code]] = await Promise.all([
      once(child, "exit"),
      line((each) => {
        last = each.sensor ?? last;
        return each.type === "lost";
      }),
    ]);
    assert.ok(performance.now() - startMillis < 2_000, `${performance.now() - startMillis} ms`);
    assert.equal(code, 0, text());
    // Its last counters, which follow its last fact.
    const { received = 0, dropped = 0, left = 0 } = last?.source.kernel ?? {};
    assert.equal(received, (last?.packets ?? 0) + dropped + left);
    assert.ok((last?.source.longestDispatchMillis ?? 0) > 1_000, "the event loop ran, and would have seen the signal");
    assert.equal(existsSync(path), false, "the socket is removed");
  });

  it("passes on the exit code of a sensor that cannot start, and a signal that ends it", async (t) => {
    const namespace = networkNamespace(t);
    const refused = startSensor(t, namespace, "/nonexistent/sensor.sock");
    assert.deepEqual(await once(refused.child, "exit"), [2, null]);
    const path = join(temporaryFolder(t), "sensor.sock");
    const { child } = startSensor(t, namespace, path);
    await until("the sensor listens", () => existsSync(path));
    const [node = ""] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim().split(" ");
    process.kill(Number(node), "SIGKILL");
    assert.deepEqual(await once(child, "exit"), [128 + 9, null]);
  });

  it("ends with its sensor when it is killed itself", async (t) => {
    const namespace = networkNamespace(t);
    const path = join(temporaryFolder(t), "sensor.sock");
    const { child } = startSensor(t, namespace, path);
    await until("the sensor listens", () => existsSync(path));
    child.kill("SIGKILL");
    await until("the socket is removed", () => !existsSync(path));
  });

  it("becomes node for every other command", () => {
    const report = execFileSync(launcher, ["--version"], { encoding: "utf8" });
    assert.match(report, /^\d+\.\d+\.\d+\n$/);
  });
});
