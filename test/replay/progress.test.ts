import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { pcapFile } from "../capture/support/capture-bytes.ts";
import { CLI, cleanEnvironment, file, temporaryFolder } from "../support/cli/wirespan.ts";
import { ethernet, ipv4, udp } from "../support/packet-builder.ts";

const ESCAPE = String.fromCharCode(27);
const PACKETS = 160;

test("a long capture shows a progress bar, and does not change cursor or line wrap", (t) => {
  const ip = ipv4({ source: "10.0.0.1", destination: "10.0.0.2" }, udp(5000, 6000, new Uint8Array(60_000)));
  const packets = Array.from({ length: PACKETS }, (_, i) => ({ seconds: i, fraction: 0, bytes: ethernet(ip) }));
  const path = file(temporaryFolder(t), "long.pcap", pcapFile(packets));
  const command = `stty cols 80; '${process.execPath}' '${CLI}' replay '${path}'`;
  const text = execFileSync("script", ["-qec", command, "/dev/null"], {
    env: cleanEnvironment({ TERM: "xterm" }),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  assert.match(text, /% of 10 MB/);
  for (const changed of ["[?25l", "[?7l"]) assert.ok(!text.includes(`${ESCAPE}${changed}`), changed);
});
