import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Writable } from "node:stream";
import { test } from "node:test";

const MODULE = new URL("../../src/sensor/stop-request.js", import.meta.url).href;
const BOUND = { timeout: 20_000 };

/** Starts a program that holds a stop request, and closes its descriptor once it says that it waits. */
async function stopped(program: string): Promise<{ readonly code: number | null; readonly said: string }> {
  const script = `import { StopRequest, STOP_DESCRIPTOR } from ${JSON.stringify(MODULE)};
    const say = (text) => process.stdout.write(text);
    ${program}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit", "ignore", "pipe"],
  });
  let said = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    if (said === "") (child.stdio[4] as Writable).destroy();
    said += text;
  });
  const [code] = await once(child, "close");
  return { code, said };
}

test("a program that never returns to its event loop sees the stop request", BOUND, async () => {
  const result = await stopped(`
    const request = new StopRequest(STOP_DESCRIPTOR, () => {});
    if (request.hasCome()) process.exit(3);
    say("busy ");
    const end = performance.now() + 10_000;
    while (!request.hasCome()) if (performance.now() > end) process.exit(4);
    say("seen");
    process.exit(0);`);
  assert.deepEqual(result, { code: 0, said: "busy seen" });
});

test("an idle process gets the stop request", BOUND, async () => {
  const result = await stopped(`
    setTimeout(() => process.exit(4), 10_000);
    new StopRequest(STOP_DESCRIPTOR, () => { say("stopped"); process.exit(0); });
    say("idle ");`);
  assert.deepEqual(result, { code: 0, said: "idle stopped" });
});
