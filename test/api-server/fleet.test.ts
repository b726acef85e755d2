import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { repositoryRoot } from "../support/paths.ts";

test("npm run bench:fleet: every client receives every change, and with --watch-pods node fewer of them", async (t) => {
  const args = ["dist/scripts/fleet/fleet.js", "--clients", "4", "--pods", "60", "--replaced", "6"];
  const child = spawn(process.execPath, args, { cwd: repositoryRoot, stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  t.diagnostic(stdout);
  assert.equal(code, 0, stdout + stderr);
  const bytes = (what: string) => {
    const cells =
      stdout
        .split("\n")
        .find((line) => line.startsWith(`│ ${what}`))
        ?.split("│") ?? [];
    return cells.slice(2, 4).map((cell) => Number(/([\d.]+) kB/.exec(cell)?.[1]));
  };
  assert.match(stdout, /│ watches +│ 6 +│ 7 +│/);
  const [cluster = 0, node = 0] = bytes("bytes for a replaced pod");
  // Three events of the pod with its specification, two of its EndpointSlice.
  assert.ok(cluster > 10 && node > 0.5 && node < cluster / 2, `${cluster} and ${node} kB`);
  const [heartbeat = 0, sameHeartbeat = 0] = bytes("bytes for a Node's heartbeat");
  assert.ok(heartbeat > 2 && Math.abs(heartbeat / sameHeartbeat - 1) < 0.1, `${heartbeat} and ${sameHeartbeat} kB`);
});
