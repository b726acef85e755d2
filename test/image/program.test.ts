// The bundled program in its container: what it does with nothing but the image is what it does here.
import assert from "node:assert/strict";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { acceptingCollector } from "../support/cli/accepting-collector.ts";
import { capture, RECORDING, temporaryFolder, wirespan } from "../support/cli/wirespan.ts";
import { builtImage, imageArchive } from "./support/built-image.ts";
import { AGENT, startContainer } from "./support/container.ts";
import { unpackImage } from "./support/unpacked-image.ts";

const INPUTS = [
  "/inputs/node-a.pcap",
  "--node",
  "node-a",
  "--cluster",
  "/inputs/cluster.json",
  "--events",
  "/inputs/events.jsonl",
];

let root = "";
let remove = (): void => {};
before(async () => {
  ({ root, remove } = unpackImage(await builtImage(), await imageArchive()));
});
after(() => remove());

/** Runs the program in a container without a capability; `folder` is at /inputs. */
function inContainer(t: TestContext, args: readonly string[], folder = RECORDING) {
  const command = ["/usr/local/bin/wirespan", ...args];
  return startContainer(t, { ...AGENT, root, network: null, command, mounts: { "/inputs": folder } }).ended;
}

/** The same with the program of this checkout. */
function here(args: readonly string[]) {
  return wirespan(args.map((argument) => argument.replace(/^\/inputs\//, `${RECORDING}/`)));
}

describe("the image's program", () => {
  for (const format of ["table", "jsonl", "json", "dot", "mermaid", "svg", "html"]) {
    it(`replays a recording as ${format}, as here`, async (t) => {
      const args = ["replay", ...INPUTS, "--format", format];
      const [inside, outside] = await Promise.all([inContainer(t, args), here(args)]);
      const inPlace = outside.stderr.replaceAll(RECORDING, "/inputs");
      assert.deepEqual([inside.code, inside.stderr], [outside.code, inPlace]);
      assert.equal(inside.stdout, outside.stdout);
      assert.ok(inside.stdout.length > 500);
    });
  }

  it("reads a compressed recording", async (t) => {
    const folder = temporaryFolder(t);
    chmodSync(folder, 0o755);
    writeFileSync(join(folder, "node-a.pcap.gz"), gzipSync(readFileSync(capture("node-a"))));
    const inside = await inContainer(t, ["replay", "/inputs/node-a.pcap.gz", "--format", "json"], folder);
    assert.equal(inside.stdout, (await here(["replay", "/inputs/node-a.pcap", "--format", "json"])).stdout);
  });

  it("starts its sensor for a file", async (t) => {
    const args = ["agent", "--file", ...INPUTS, "--format", "json"];
    const [inside, outside] = await Promise.all([inContainer(t, args), here(args)]);
    // Each run of an agent is an instance of its own, and the checksum covers it.
    const ofAnyRun = (text: string) => text.replaceAll(/node-a-[\da-f]{8}|crc32 [\da-f]{8}/g, "");
    assert.equal(ofAnyRun(inside.stdout), ofAnyRun(outside.stdout));
    assert.ok(inside.stdout.length > 500, inside.stderr);
  });

  it("sends pairs to a Collector", async (t) => {
    const collector = await acceptingCollector(t);
    const endpoint = `http://127.0.0.1:${collector.port}`;
    const args = ["doctor", "--no-kubernetes", "--seconds", "1", "--collector", endpoint];
    const { stdout, stderr } = await inContainer(t, args);
    assert.match(stdout, /^ok +Collector /m, stdout + stderr);
    assert.equal(collector.requests(), 1);
    assert.equal(stderr, "");
  });

  it("finds its Kubernetes client", async (t) => {
    const folder = temporaryFolder(t);
    chmodSync(folder, 0o755);
    const kubeconfig = {
      apiVersion: "v1",
      kind: "Config",
      "current-context": "it",
      clusters: [{ name: "it", cluster: { server: "https://127.0.0.1:1" } }],
      contexts: [{ name: "it", context: { cluster: "it", user: "it" } }],
      users: [{ name: "it", user: { token: "none" } }],
    };
    writeFileSync(join(folder, "kubeconfig"), JSON.stringify(kubeconfig));
    const args = ["doctor", "--kubeconfig", "/inputs/kubeconfig", "--seconds", "1"];
    const { stdout, stderr } = await inContainer(t, args, folder);
    assert.match(stdout, /^failed +Kubernetes .*127\.0\.0\.1:1/m, stdout + stderr);
    // No warning of Node's either.
    assert.equal(stderr, "");
  });

  for (const command of ["", "replay", "agent", "record", "doctor"]) {
    it(`shows the help of ${command === "" ? "all commands" : command}`, async (t) => {
      const args = [...(command === "" ? [] : [command]), "--help"];
      const [inside, outside] = await Promise.all([inContainer(t, args), here(args)]);
      assert.deepEqual(inside, { code: 0, stdout: outside.stdout, stderr: "" });
    });
  }
});
