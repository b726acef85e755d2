// DNS queries of an agent for its unavailable Collector: every node of the cluster sends them.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { networkNamespace } from "../support/network-namespace.ts";
import type { AwayCounts } from "./support/away-collector.ts";

const MODULE = fileURLToPath(new URL("./support/away-collector.js", import.meta.url));
const BOUND = { timeout: 90_000 };

/** `ip netns exec` runs each command in a mount namespace, where resolv.conf names the server of the test. */
async function away(
  t: TestContext,
  mode: "found" | "unknown",
  seconds: number,
  protocol = "grpc",
): Promise<AwayCounts> {
  const folder = mkdtempSync(join(tmpdir(), "wirespan-away-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const resolver = join(folder, "resolv.conf");
  writeFileSync(resolver, "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
  const script = `mount --bind "$1" /etc/resolv.conf && shift && exec "$@"`;
  const output = await networkNamespace(t).output(
    "sh",
    "-c",
    script,
    "sh",
    resolver,
    process.execPath,
    MODULE,
    mode,
    String(seconds),
    protocol,
  );
  return JSON.parse(output.trim().split("\n").at(-1) ?? "");
}

describe("while the Collector is unavailable", { concurrency: true }, () => {
  test("its name is resolved every 10 s, without queries for a service config", BOUND, async (t) => {
    const { queries, backMillis, problems } = await away(t, "found", 15);
    assert.deepEqual(Object.keys(queries).sort(), ["A", "AAAA"]);
    assert.ok((queries.A ?? 0) <= 2, JSON.stringify(queries));
    assert.ok(backMillis < 8_000, `${backMillis} ms until pairs were accepted again`);
    assert.match(problems[0] ?? "", /refuses the connection: start it/);
    assert.equal(problems.at(-1), null);
  });

  test("over HTTP, its name is looked up every 10 s, whether it is known or not", BOUND, async (t) => {
    for (const mode of ["found", "unknown"] as const) {
      const { queries, backMillis, problems } = await away(t, mode, 15, "http/protobuf");
      assert.ok((queries.A ?? 0) >= 1 && (queries.A ?? 0) <= 2, JSON.stringify(queries));
      assert.equal(queries.TXT, undefined);
      assert.ok(backMillis < 16_000, `${backMillis} ms until pairs were accepted`);
      assert.match(problems[0] ?? "", mode === "found" ? /refuses the connection/ : /does not resolve/);
    }
  });

  test("an unknown name is resolved every 10 s, and used when it exists", BOUND, async (t) => {
    const { queries, backMillis, problems } = await away(t, "unknown", 15);
    assert.ok((queries.A ?? 0) <= 2, JSON.stringify(queries));
    assert.equal(queries.TXT, undefined);
    assert.ok(backMillis < 16_000, `${backMillis} ms until pairs were accepted`);
    assert.match(problems[0] ?? "", /does not resolve/);
  });
});
