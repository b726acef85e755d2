// A signal in the middle of a replay: the result covers what was read, and is marked as incomplete.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createWriteStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { pcapFile } from "../capture/support/capture-bytes.ts";
import { startOtlpReceiver } from "../export/support/otlp-receiver.ts";
import { capture, ended, start, temporaryFolder } from "../support/cli/wirespan.ts";
import { ethernet, ipv4, tcp } from "../support/packet-builder.ts";

const BOUND = { timeout: 60_000 };
/** Three pauses; signals are noticed in a pause. */
const PACKETS = 60_000;
const [CLIENT, SERVER] = ["10.0.0.1", "10.0.0.2"];

/** Handshakes, 10 ms apart. */
function handshakes(packets: number, firstSeconds: number): Buffer {
  return pcapFile(
    Array.from({ length: packets }, (_, i) => {
      const port = 1_024 + ((i >> 1) % 60_000);
      const bytes =
        i % 2 === 0
          ? ethernet(
              ipv4(
                { source: CLIENT, destination: SERVER },
                tcp({ sourcePort: port, destinationPort: 80, flags: 0x02, sequence: i }),
              ),
            )
          : ethernet(
              ipv4(
                { source: SERVER, destination: CLIENT },
                tcp({ sourcePort: 80, destinationPort: port, flags: 0x12, sequence: 7, acknowledgement: i }),
              ),
            );
      return { seconds: firstSeconds + Math.floor(i / 100), fraction: (i % 100) * 10_000, bytes };
    }),
  );
}

const FIRST = handshakes(PACKETS, 1_795_417_200);
/** Without another file header. */
const MORE = handshakes(PACKETS, 1_795_417_800).subarray(24);

interface Interrupted {
  /** `PIPE` stands for the name of the capture. */
  readonly args: readonly string[];
  readonly signal: NodeJS.Signals;
  readonly env?: Record<string, string>;
}

/** Feeds a replay through a pipe, interrupts it in the middle, and waits for its end. */
async function interrupted(t: TestContext, { args, signal, env = {} }: Interrupted) {
  const pipe = join(temporaryFolder(t), "pipe.pcap");
  execFileSync("mkfifo", [pipe]);
  const child = start(["replay", ...args.map((text) => text.replace("PIPE", pipe))], { env });
  t.after(() => child.kill("SIGKILL"));
  const end = ended(child);
  const writer = createWriteStream(pipe).on("error", () => {});
  // All but the pipe's own buffer has been read by then.
  await new Promise<unknown>((resolve) => writer.write(FIRST, resolve));
  child.kill(signal);
  for (let i = 0; i < 3; i++) writer.write(MORE);
  const result = await end;
  writer.destroy();
  return result;
}

const MARKS: Readonly<Record<string, RegExp>> = {
  table: /\nincomplete: interrupted after \d+ packets/,
  json: /"incomplete":\["interrupted/,
  jsonl: /"evidence"[^\n]*\n\{"wirespan":"incomplete","reason":"interrupted[^\n]*\n$/,
  dot: /label="incomplete: interrupted/,
  mermaid: /title: "incomplete: interrupted/,
  svg: />incomplete: interrupted/,
  html: />incomplete: interrupted/,
};

for (const [format, mark] of Object.entries(MARKS)) {
  const signal = format === "table" || format === "jsonl" ? "SIGINT" : "SIGTERM";
  test(`${signal} ends a replay to ${format} with what was read, marked as incomplete`, BOUND, async (t) => {
    const stats = join(temporaryFolder(t), "stats.json");
    const { code, stdout, stderr } = await interrupted(t, {
      args: ["PIPE", "--format", format, "--stats", stats],
      signal,
    });
    assert.equal(code, 1, stderr);
    assert.match(stdout, mark);
    assert.match(stderr, /\nwirespan: incomplete: interrupted after \d+ packets; the result covers these\n$/);
    const { packets, interactions, problems } = JSON.parse(readFileSync(stats, "utf8"));
    assert.ok(packets >= 20_000 && packets < 4 * PACKETS, String(packets));
    assert.ok(interactions >= packets / 2 - 1);
    assert.equal(problems.length, 1);
  });
}

test("recordings after the interrupted one are named as unread", BOUND, async (t) => {
  const captures = ["--capture", "node-a=PIPE", "--capture", `node-b=${capture("node-b")}`];
  const { code, stdout, stderr } = await interrupted(t, { args: [...captures, "--format", "jsonl"], signal: "SIGINT" });
  assert.equal(code, 1, stderr);
  assert.match(stdout, /"reason":"interrupted after \d+ packets; [^"]*; interrupted before [^"]*node-b/);
});

test("queued span pairs are sent for a short time, and the others are counted", BOUND, async (t) => {
  const receiver = await startOtlpReceiver();
  t.after(() => receiver.stop());
  const stats = join(temporaryFolder(t), "stats.json");
  const run = await interrupted(t, {
    args: ["PIPE", "--otlp", "--stats", stats],
    signal: "SIGTERM",
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
  });
  assert.equal(run.code, 1);
  const { pairs, interactions } = JSON.parse(readFileSync(stats, "utf8"));
  assert.equal(pairs.made, interactions);
  assert.ok(pairs.sent > 0);
  assert.equal(pairs.sent + pairs.unknown + pairs.dropped.shutdown, pairs.queued);
  assert.equal(pairs.queued, pairs.made);
});
