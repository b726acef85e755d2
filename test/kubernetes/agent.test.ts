// The agent as a process, on a real API server: what it says of its watches in log, health and metrics.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ended, start } from "../cli/support/wirespan.ts";
import { freePort } from "../servers/server-programs.ts";
import { until } from "../support/until.ts";
import { smallCluster } from "./small-cluster.ts";

const BOUND = { timeout: 180_000 };

test(
  "K5 an agent that starts before the API server says so once, becomes ready with it, and outlives its outages",
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
    assert.match(early.text, /^failed: pods are not known yet: the API server at .* does not answer$/m);

    await kubernetes.start();
    await until("it is ready", async () => (await get("/readyz")).status === 200);
    await until("all watches are up", () => isUp(1));

    await kubernetes.kill();
    await until("all watches are down again", () => isUp(0));
    const during = await get("/readyz");
    assert.equal(during.status, 200);
    assert.match(
      during.text,
      /^warning: pods are not followed, what was known stays: the API server .* does not answer$/m,
    );
    await kubernetes.start();
    await until("all watches are up again", () => isUp(1));

    child.kill("SIGTERM");
    const { code, stderr } = await end;
    assert.equal(code, 0, stderr);
    const said = stderr.split("\n").filter((line) => /does not answer|followed again/.test(line));
    // Two outages: each change once, or as a total where they came within half a minute.
    assert.ok(said.length >= 2 && said.length <= 4, stderr);
    assert.match(stderr, /the cluster is followed again/);
    assert.doesNotMatch(stderr, /forbids/);
  },
);
