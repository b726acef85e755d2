// The agent as a process, with a real API server: its watches in log, health and metrics.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { freePort } from "../servers/server-programs.ts";
import { CLI, cleanEnvironment, ended, file, start, temporaryFolder } from "../support/cli/wirespan.ts";
import { until } from "../support/until.ts";
import { smallCluster } from "./support/small-cluster.ts";

const BOUND = { timeout: 180_000 };

test(
  "K5 an agent that starts before the API server reports that once, becomes ready with it, and survives its outages",
  BOUND,
  async (t) => {
    const { kubernetes, environment } = await smallCluster(t);
    await kubernetes.kill();
    const port = await freePort();
    const command = ["agent", "--device", "lo", "--node", "here", "--format", "jsonl", "-o", "/dev/null"];
    const child = start([...command, "--listen", String(port)], { env: environment });
    t.after(() => child.kill("SIGKILL"));
    const end = ended(child);
    const get = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      return { status: response.status, text: await response.text() };
    };
    const isUp = async (up: 0 | 1) => {
      const lines = (await get("/metrics")).text
        .split("\n")
        .filter((line) => line.startsWith("wirespan_cluster_watch_up{"));
      return lines.length === 6 && lines.every((line) => line.endsWith(`} ${up}`));
    };
    await until("health answers", async () => (await get("/livez").catch(() => null))?.status === 200);
    await until("all watches are down", () => isUp(0));
    const early = await get("/readyz");
    assert.equal(early.status, 503);
    assert.match(
      early.text,
      /^failed: pods are not listed yet: the API server at .* does not answer; check that this machine reaches it$/m,
    );

    await kubernetes.start();
    await until("it is ready", async () => (await get("/readyz")).status === 200);
    await until("all watches are up", () => isUp(1));

    await kubernetes.kill();
    await until("all watches are down again", () => isUp(0));
    const during = await get("/readyz");
    assert.equal(during.status, 200);
    assert.match(
      during.text,
      /^warning: not watching pods, using their last known state: the API server .* does not answer; check that this machine reaches it$/m,
    );
    // The graph of that time says it, too: ends of new pods have no names.
    assert.match(
      (await get("/graph")).text,
      /changes of [^"]*pods[^"]* do not arrive: the API server [^"]* does not answer;/,
    );
    await kubernetes.start();
    await until("all watches are up again", () => isUp(1));
    assert.match((await get("/graph")).text, /"incomplete": ?\[\]/);

    child.kill("SIGTERM");
    const { code, stderr } = await end;
    assert.equal(code, 0, stderr);
    const said = stderr.split("\n").filter((line) => /does not answer|watching the cluster again/.test(line));
    // Two outages: each change once, or as a total if they came within half a minute.
    assert.ok(said.length >= 2 && said.length <= 4, stderr);
    assert.match(stderr, /watching the cluster again/);
    assert.doesNotMatch(stderr, /forbids/);
  },
);

test(
  "K6 a signal stops an agent that still waits for the API server, also as the first process of a container",
  BOUND,
  async (t) => {
    // It accepts connections and never responds.
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await once(silent, "listening");
    t.after(() => silent.close());
    const { port } = silent.address() as AddressInfo;
    const folder = temporaryFolder(t);
    for (const name of ["token", "ca.crt"]) file(folder, name, "nothing");
    const env = {
      KUBERNETES_SERVICE_HOST: "127.0.0.1",
      KUBERNETES_SERVICE_PORT: String(port),
      WIRESPAN_SERVICE_ACCOUNT: folder,
    };
    const command = [
      "-p",
      "-f",
      "--kill-child",
      "--",
      process.execPath,
      CLI,
      "agent",
      "--device",
      "lo",
      "--format",
      "jsonl",
    ];
    const child = spawn("unshare", command, { env: cleanEnvironment(env) });
    t.after(() => child.kill("SIGKILL"));
    const end = ended(child);
    let said = "";
    child.stderr.on("data", (text) => {
      said += text;
    });
    await until("it waits", () => said.includes("names come from"));
    // The first process of the namespace is the only child of unshare.
    const agent = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim();
    process.kill(Number(agent), "SIGTERM");
    const from = performance.now();
    const { code, stdout } = await end;
    assert.equal(code, 1, said);
    assert.match(said, /incomplete: stopped before any packet was captured/);
    assert.ok(performance.now() - from < 5_000);
    assert.match(stdout, /"incomplete","reason":"stopped before any packet was captured"/);
  },
);
