// `wirespan map --live --serve` on the agents of a laboratory, in a real browser: what begins appears without a reload, and
// a stranger, on another machine or without the token, gets nothing.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type cytoscape from "cytoscape";
import { readLiveGraph } from "../../src/graph-source/live/live-graph.ts";
import { AGENT_NAMESPACE, agentCluster, VIEWER_RULES } from "../api-server/support/agent-cluster.ts";
import { MapBrowser } from "../render/support/map-browser.ts";
import { ended, start } from "../support/cli/wirespan.ts";
import { listeningSockets } from "../support/listening-sockets.ts";
import { until } from "../support/until.ts";
import { type Lab, startLab } from "./lab.ts";
import { connectOnNode } from "./support/connect-on-node.ts";
import { startAgents } from "./support/live-agents.ts";

/** Global of the page for tests. Functions passed to `evaluate` run in the page. */
declare const wirespanMap: cytoscape.Core;

const SEED = Number(process.env.WIRESPAN_LAB_SEED ?? 21);
const SECONDS = 6;
const APPEARS_MILLIS = 60_000;

/** A laboratory whose agents a real API server forwards ports to; the path of a viewer's kubeconfig. */
async function labWithAgents(t: TestContext): Promise<{ lab: Lab; kubeconfig: string }> {
  const directory = mkdtempSync(join(tmpdir(), "wirespan-serve-map-"));
  let lab: Lab | null = null;
  const cluster = await agentCluster(t, (node, port) => connectOnNode(t, lab as Lab, node, port));
  t.after(async () => {
    await lab?.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  const options = { network: "bridge", overlay: "host-gw", profile: "matrix" } as const;
  lab = await startLab({ ...options, seed: SEED, seconds: SECONDS, directory });
  await startAgents(lab, directory, {
    args: ["--cluster", lab.clusterFile, "--events", lab.eventsFile, "--listen", "19464"],
    environment: {},
  });
  for (const { name } of lab.cluster.nodes) await cluster.addAgent(name);
  const kubeconfig = await cluster.userWith(t, VIEWER_RULES);
  await until("the rights are applied", () =>
    readLiveGraph({ kubeconfig, agentNamespace: AGENT_NAMESPACE }).then(
      () => true,
      () => false,
    ),
  );
  return { lab, kubeconfig };
}

test("a new edge of live agents appears in the open page, and a stranger gets nothing", async (t) => {
  const { lab, kubeconfig } = await labWithAgents(t);
  const args = ["map", "--live", "--serve", "--kubeconfig", kubeconfig, "--agent-namespace", AGENT_NAMESPACE];
  const child = start(args);
  t.after(() => child.kill("SIGKILL"));
  const result = ended(child);
  let stderr = "";
  child.stderr.on("data", (text: string) => {
    stderr += text;
  });
  const linkIn = () => /map at (http:\S+),/.exec(stderr)?.[1];
  await until("the link is printed", () => linkIn() !== undefined);
  const link = new URL(linkIn() ?? "");

  const browser = await MapBrowser.start();
  t.after(() => browser.close());
  const { page, requests, errors } = await browser.openAddress(link.href);
  await page.evaluate(() => Object.assign(globalThis, { isSamePage: true }));
  const edges = () => page.evaluate(() => wirespanMap.edges().length);
  const before = await edges();
  const traffic = lab.runTraffic();
  await page.waitForFunction((known) => wirespanMap.edges().length > known, before, { timeout: APPEARS_MILLIS });
  await traffic;
  await page.waitForFunction(
    () => wirespanMap.nodes(".card").filter((node) => node.data("title") === "checkout").length === 1,
    undefined,
    { timeout: APPEARS_MILLIS },
  );
  // When the last reports are in, the page has every edge that the agents have.
  await until("the page has all edges", async () => {
    const graph = await readLiveGraph({ kubeconfig, agentNamespace: AGENT_NAMESPACE });
    return graph.edges.length > 20 && (await edges()) === graph.edges.length;
  });
  t.diagnostic(`${before} edges at first, ${await edges()} at the end`);
  assert.equal(await page.evaluate("isSamePage"), true);
  assert.deepEqual(errors, []);
  // The page asks for its own data and for nothing else.
  assert.deepEqual([...new Set(requests)], [`${link.href}data`]);

  const port = Number(link.port).toString(16).toUpperCase().padStart(4, "0");
  assert.deepEqual(listeningSockets(child.pid ?? 0), [`tcp 0100007F:${port}`]);
  assert.equal((await fetch(`${link.origin}/`)).status, 404);
  assert.equal((await fetch(link.href.replace(/.{3}\/$/, "AAA/"))).status, 404);
  // With the link, on another machine: its loopback is another one.
  const [node] = lab.cluster.nodes;
  const elsewhere = lab.spawnOnNode(
    node?.name ?? "",
    [process.execPath, "-e", "fetch(process.argv[1]).then(() => process.exit(0), () => process.exit(7))", link.href],
    { stdio: "ignore" },
  );
  const exitCode = await new Promise((resolve) => elsewhere.once("exit", resolve));
  assert.equal(exitCode, 7);
  child.kill("SIGINT");
  assert.equal((await result).code, 0, stderr);
});
