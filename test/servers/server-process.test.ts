import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../support/cli/wirespan.ts";
import { until } from "../support/until.ts";

const MODULE = new URL("./server-process.js", import.meta.url).href;

/** Starts a server in its own process, which does nothing else; the server writes its process id to the file. */
function starter(pidFile: string, isReady: boolean) {
  const args = ["-c", `echo $$ > ${pidFile}.new; mv ${pidFile}.new ${pidFile}; exec sleep 300`];
  const command = `{ name: "sleep", program: "bash", args: ${JSON.stringify(args)}, isReady: async () => ${isReady} }`;
  const script = `
    import { startServer } from ${JSON.stringify(MODULE)};
    await startServer(${command});
    console.log("ready");
    setInterval(() => {}, 1_000);
  `;
  return spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
}

/** Ended: a zombie has too. */
function isGone(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return true;
  return / Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
}

for (const signal of ["SIGINT", "SIGTERM", "SIGKILL"] as const) {
  for (const isReady of [true, false]) {
    test(`a server that is ${isReady ? "ready" : "starting"} ends when only its starter gets ${signal}`, async (t) => {
      const pidFile = join(temporaryFolder(t), "pid");
      const child = starter(pidFile, isReady);
      t.after(() => child.kill("SIGKILL"));
      if (isReady) await once(child.stdout, "data");
      await until("the server runs", () => existsSync(pidFile));
      const pid = Number(readFileSync(pidFile, "utf8"));
      assert.equal(isGone(pid), false);
      child.kill(signal);
      await until("the server has ended", () => isGone(pid));
    });
  }
}
