import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { serverProgram } from "../servers/server-programs.ts";
import { CLUSTER, capture } from "../support/cli/wirespan.ts";
import { networkNamespace } from "../support/network-namespace.ts";
import { until } from "../support/until.ts";
import { type InstalledPackage, packedPackage } from "./support/installed-package.ts";

const TRAFFIC = fileURLToPath(new URL("../support/traffic.js", import.meta.url));
const REPLAY = ["replay", capture("node-a"), "--node", "node-a", ...CLUSTER];
const CAPTURES: readonly (readonly string[])[] = [
  ["agent", "--no-kubernetes"],
  ["sensor", "--socket", "sensor.sock"],
  ["doctor", "--no-kubernetes", "--seconds", "1"],
];

/** The commands of `CAPTURES` end at once with code 1 and one sentence like `sentence`. */
async function cannotCapture(installed: InstalledPackage, sentence: RegExp): Promise<void> {
  for (const args of CAPTURES) {
    const { code, stdout, stderr } = await installed.run("wirespan", ...args);
    assert.equal(code, 1, `${args[0]}: ${stderr}`);
    assert.match(args[0] === "doctor" ? stdout : stderr, sentence, args[0]);
    assert.ok(stderr.trimEnd().split("\n").length === 1, stderr);
  }
}

const addonOf = ({ folder }: InstalledPackage) => join(folder, "node_modules/pcap/build/Release/pcap_binding.node");
const WITH_COMPILER = process.env.PATH ?? "";

describe("npm install of the packed package", { timeout: 300_000 }, () => {
  let installed: InstalledPackage;
  before(() => {
    installed = packedPackage();
  });
  after(() => installed.remove());

  it("without a compiler: reads captures, and says what is missing to capture", async () => {
    installed.install(installed.plainPath);
    assert.ok(!existsSync(join(installed.folder, "node_modules/pcap")));
    for (const command of ["wirespan", "kubectl-wirespan"]) {
      const { code, stdout, stderr } = await installed.run(command, ...REPLAY);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /shop\/checkout .*shop\/legacy-inventory/);
    }
    const graph = join(installed.folder, "graph.json");
    assert.equal((await installed.run("wirespan", ...REPLAY, "-o", graph)).code, 0);
    const map = await installed.run("wirespan", "map", "--graph", graph);
    assert.equal(map.code, 0, map.stderr);
    assert.match(map.stdout, /^<!doctype html>/);
    assert.match(map.stdout, /legacy-inventory/);
    await cannotCapture(
      installed,
      /npm package pcap is needed to capture, and npm left it out .*libpcap-dev\), then install wirespan again$/m,
    );
  });

  it("makes wirespan a plugin of kubectl", async () => {
    const kubectl = dirname(await serverProgram("kubernetes", "kubectl"));
    const run = (...args: string[]) => installed.run("kubectl", ...args);
    installed.addToPath(kubectl);
    const list = await run("plugin", "list");
    assert.match(list.stdout, /\/kubectl-wirespan$/m);
    const help = await run("wirespan", "edges", "--help");
    assert.match(help.stdout, /^Usage: kubectl wirespan edges /);
    assert.match(help.stdout, /^ {2}kubectl wirespan edges /m);
    const wrong = await run("wirespan", "edges", "--nope");
    assert.match(wrong.stderr, /^wirespan: unknown option '--nope'.*; see kubectl wirespan edges --help$/m);
    // kubectl gives its plugins the exit code, and options that have the names of its own.
    assert.equal(wrong.code, 2);
    const edges = await run("wirespan", "edges", "--graph", join(installed.folder, "graph.json"), "-n", "data");
    assert.equal(edges.code, 0, edges.stderr);
    assert.match(edges.stdout, /data\/orders-db/);
    assert.doesNotMatch(edges.stdout, /legacy-inventory/);
  });

  it("again, with a compiler: captures", async (t) => {
    installed.install(WITH_COMPILER);
    assert.ok(existsSync(addonOf(installed)));
    const namespace = networkNamespace(t);
    const program = join(installed.folder, "node_modules/wirespan/dist/bin/cli.js");
    const figures = join(installed.folder, "stats.json");
    const packets = (): number => (existsSync(figures) ? JSON.parse(readFileSync(figures, "utf8")).packets : 0);
    const agent = namespace.start(program, "agent", "--device", "lo", "--no-kubernetes", "--stats", figures, "--otlp");
    const closed = new Promise((resolve) => agent.once("close", resolve));
    await until("the agent captures", () => existsSync(figures));
    namespace.run(process.execPath, TRAFFIC, "127.0.0.1", "9999", "0", "3000", "5");
    // SYN and SYN-ACK of each connection.
    await until("the agent has read the handshakes", () => packets() >= 10);
    agent.kill("SIGTERM");
    assert.equal(await closed, 0);
  });

  it("without install scripts: says that pcap is not built, and how to build it", async () => {
    const unbuilt = packedPackage();
    try {
      unbuilt.install(WITH_COMPILER, "--ignore-scripts");
      assert.ok(!existsSync(addonOf(unbuilt)));
      await cannotCapture(
        unbuilt,
        /npm has not built it; .* allow its install script, then run npm rebuild pcap in \S+\/project$/m,
      );
      unbuilt.npm(WITH_COMPILER, "rebuild", "pcap");
      assert.ok(existsSync(addonOf(unbuilt)));
    } finally {
      unbuilt.remove();
    }
  });
});
