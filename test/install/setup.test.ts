import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../support/cli/wirespan.ts";
import { repositoryRoot } from "../support/paths.ts";

const FILES = ["package.json", "package-lock.json", ".npmrc", "scripts/setup.sh"];

const CASES = [
  {
    name: "cannot be built",
    env: { CXX: "false" },
    reason: /gyp ERR.*setup: pcap's native build failed \(see above\)/s,
  },
  { name: "may not be built", env: { npm_config_ignore_scripts: "true" }, reason: /the pcap binding does not load/ },
];

// For users pcap is optional; a checkout without it could not run its tests.
for (const { name, env, reason } of CASES) {
  test(`scripts/setup.sh refuses to go on where pcap ${name}`, { timeout: 300_000 }, (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, "scripts"));
    for (const path of FILES) copyFileSync(join(repositoryRoot, path), join(folder, path));
    const { status, stderr } = spawnSync("bash", ["scripts/setup.sh"], {
      cwd: folder,
      env: { ...process.env, npm_config_prefer_offline: "true", ...env },
      encoding: "utf8",
    });
    assert.equal(status, 1);
    assert.match(stderr, reason);
  });
}
