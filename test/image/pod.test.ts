// The chart's pod: sensor and agent in two containers of the image, with a socket between them.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { temporaryFolder } from "../support/cli/wirespan.ts";
import { type NetworkNamespace, networkNamespace } from "../support/network-namespace.ts";
import { until } from "../support/until.ts";
import { builtImage, imageArchive } from "./support/built-image.ts";
import { AGENT, GROUP, SENSOR, startContainer } from "./support/container.ts";
import { unpackImage } from "./support/unpacked-image.ts";

const LAUNCHER = "/usr/local/bin/wirespan";
const CLIENT = "10.9.0.1";
const SERVER = "10.9.0.2";

const CONNECTIONS = 5;
const LISTEN = "require('net').createServer((s) => s.resume().end()).listen(3000, () => console.log('listens'))";
const CONNECT = `for (let i = 0; i < ${CONNECTIONS}; i++) require("net").connect(3000, "${SERVER}").resume()`;

let root = "";
let remove = (): void => {};
before(async () => {
  ({ root, remove } = unpackImage(await builtImage(), await imageArchive()));
});
after(() => remove());

/** As an emptyDir with `fsGroup`. */
function sharedFolder(parent: string, name: string): string {
  const folder = join(parent, name);
  mkdirSync(folder);
  chownSync(folder, 0, GROUP);
  chmodSync(folder, 0o2770);
  return folder;
}

/** A pod at 10.9.0.2 behind the node's interface, where something listens on port 3000. */
async function neighbour(t: TestContext, node: NetworkNamespace): Promise<void> {
  const pod = networkNamespace(t);
  node.run("ip", "link", "add", "veth0", "type", "veth", "peer", "name", "eth0", "netns", pod.name);
  for (const [namespace, link, address] of [
    [node, "veth0", CLIENT],
    [pod, "eth0", SERVER],
  ] as const) {
    namespace.run("ip", "address", "add", `${address}/24`, "dev", link);
    namespace.run("ip", "link", "set", link, "up");
  }
  const child = spawn("ip", ["netns", "exec", pod.name, process.execPath, "-e", LISTEN]);
  t.after(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
}

const pod = (name: string, podIP: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "shop", uid: name },
  spec: { nodeName: "here", containers: [] },
  status: { phase: "Running", podIP, podIPs: [{ ip: podIP }] },
});

describe("the chart's pod", () => {
  it("captures in the one container and names what was seen in the other", { timeout: 120_000 }, async (t) => {
    const node = networkNamespace(t);
    await neighbour(t, node);
    const folder = temporaryFolder(t);
    chmodSync(folder, 0o755);
    const cluster = { apiVersion: "v1", kind: "List", items: [pod("client", CLIENT), pod("server", SERVER)] };
    writeFileSync(join(folder, "cluster.json"), JSON.stringify(cluster));
    const [socket, health] = [sharedFolder(folder, "sensor"), sharedFolder(folder, "agent")];
    const place = { root, network: node.name };

    const sensor = startContainer(t, {
      ...place,
      ...SENSOR,
      mounts: { "/run/wirespan": socket },
      command: [LAUNCHER, "sensor", "--socket=/run/wirespan/sensor.sock", "--device=any"],
    });
    await until("the sensor listens", () => existsSync(join(socket, "sensor.sock")));
    const agent = startContainer(t, {
      ...place,
      ...AGENT,
      mounts: { "/run/wirespan": socket, "/run/wirespan-agent": health, "/cluster": folder },
      command: [
        LAUNCHER,
        "agent",
        "--sensor=/run/wirespan/sensor.sock",
        "--listen=unix:/run/wirespan-agent/health.sock",
        "--cluster",
        "/cluster/cluster.json",
        "--no-kubernetes",
        "--node",
        "here",
        "-o",
        "/run/wirespan-agent/seen.jsonl",
      ],
    });
    // Behind the first line, which names the format.
    const seen = () => readFileSync(join(health, "seen.jsonl"), "utf8").trim().split("\n").slice(1);
    const isReady = async (): Promise<boolean> => {
      const command = [LAUNCHER, "probe", "--socket=/run/wirespan-agent/health.sock", "readyz"];
      const mounts = { "/run/wirespan-agent": health };
      return (await startContainer(t, { ...place, ...AGENT, command, mounts }).ended).code === 0;
    };
    await until("the agent is ready", isReady);
    await node.output(process.execPath, "-e", CONNECT);
    await until("all connections were named", () => seen().length >= CONNECTIONS);

    for (const container of [agent, sensor]) {
      container.signal("TERM");
      const { code, stderr } = await container.ended;
      assert.equal(code, 0, stderr);
      assert.doesNotMatch(stderr, /Warning/);
    }
    const interactions = seen().map((line) => JSON.parse(line));
    assert.equal(interactions.length, CONNECTIONS);
    for (const { client, server } of interactions) assert.deepEqual([client.name, server.name], ["client", "server"]);
  });
});
