// Text from outside with control characters: from every source, it is printed visibly and on one line.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { pcapFile, pcapHeader } from "../capture/support/capture-bytes.ts";
import { acceptPart, startOtlpReceiver } from "../export/support/otlp-receiver.ts";
import { type Ended, file, temporaryFolder, wirespan } from "../support/cli/wirespan.ts";
import { pod, threeNodes } from "../support/cluster/cluster-objects.ts";
import { ethernet, ipv4, tcp } from "../support/packet-builder.ts";

const HOSTILE = "\u001b]0;title\u0007\u009b31m\u202ered\u007f";
const HOSTILE_LINES = `${HOSTILE}\nwirespan: all is well`;
const CONTROLS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const [CLIENT, SERVER] = ["10.244.0.10", "10.244.1.10"];

/** No line of the text has a control character. */
function assertVisible(text: string): void {
  for (const line of text.split("\n")) assert.doesNotMatch(line, CONTROLS, JSON.stringify(line));
}

function assertOneLine({ stderr }: Ended, begins: string): void {
  assertVisible(stderr);
  assert.match(stderr, new RegExp(`^wirespan: ${begins}[^\n]*\n$`));
}

/** A capture of one connection between two pods; the server has a hostile service name. */
function hostileShop(t: TestContext): { folder: string; capture: string; cluster: string; name: string } {
  const folder = temporaryFolder(t);
  const frame = (from: string, to: string, ports: [number, number], flags: number, numbers: [number, number]) =>
    ethernet(
      ipv4(
        { source: from, destination: to },
        tcp({
          sourcePort: ports[0],
          destinationPort: ports[1],
          flags,
          sequence: numbers[0],
          acknowledgement: numbers[1],
        }),
      ),
    );
  const frames = [
    frame(CLIENT, SERVER, [40_000, 80], 0x02, [100, 0]),
    frame(SERVER, CLIENT, [80, 40_000], 0x12, [500, 101]),
  ];
  const capture = file(
    folder,
    "a.pcap",
    pcapFile(frames.map((bytes, i) => ({ seconds: 1_795_417_200, fraction: i * 100, bytes: Buffer.from(bytes) }))),
  );
  const name = `shop ${HOSTILE}`;
  const server = pod("shop/web-1", { ip: SERVER, node: "node-b" });
  const annotated = {
    ...server,
    metadata: { ...server.metadata, annotations: { "resource.opentelemetry.io/service.name": name } },
  };
  const items = [...threeNodes(), pod("shop/client-1", { ip: CLIENT, node: "node-a" }), annotated];
  const cluster = file(folder, "cluster.json", JSON.stringify({ kind: "List", items }));
  return { folder, capture, cluster, name };
}

test("file names and option values are printed visibly and on one line", async (t) => {
  const folder = temporaryFolder(t);
  const good = file(folder, "a.pcap", pcapHeader());
  assertOneLine(await wirespan(["replay", `${HOSTILE_LINES}.pcap`]), "cannot read");
  assertOneLine(await wirespan(["replay", good, "--cluster", `${HOSTILE_LINES}.json`]), "cluster file");
  assertOneLine(await wirespan(["replay", good, "--events", `${HOSTILE_LINES}.jsonl`]), "events file");
  assertOneLine(await wirespan(["replay", good, "--format", HOSTILE_LINES]), "unsupported format");
  assertOneLine(await wirespan(["replay", good, "--dns-port", HOSTILE_LINES]), "invalid --dns-port");
  assertOneLine(await wirespan(["replay", good, "-o", `none/${HOSTILE_LINES}`]), "cannot write -o none/");
  assertOneLine(await wirespan(["replay", good, "--stats", `none/${HOSTILE_LINES}`]), "cannot write --stats none/");
  assertOneLine(await wirespan([HOSTILE_LINES]), "unknown command");
});

test("JSON has the exact hostile name, with control characters escaped", async (t) => {
  const { folder, capture, cluster, name } = hostileShop(t);
  const run = (format: string) => wirespan(["replay", capture, "--cluster", cluster, "--format", format]);
  const lines = await run("jsonl");
  assertVisible(lines.stdout);
  assert.equal(JSON.parse(lines.stdout.split("\n")[1] ?? "").server.serviceName, name);
  const graph = await run("json");
  assertVisible(graph.stdout);
  assert.ok(JSON.parse(graph.stdout).nodes.some((one: { name: string }) => one.name === name));
  for (const format of ["table", "dot", "mermaid", "svg"]) assertVisible((await run(format)).stdout);
  const sent = await wirespan(["replay", capture, "--cluster", cluster, "--otlp", "-o", join(folder, "out.json")], {
    env: { OTEL_TRACES_EXPORTER: "console" },
  });
  assertVisible(sent.stdout);
  assert.ok(JSON.stringify(JSON.parse(sent.stdout)).includes(JSON.stringify(name).slice(1, -1)));
});

test("incomplete results and counters show a hostile file name", async (t) => {
  const folder = temporaryFolder(t);
  const capture = file(folder, `${HOSTILE}<b>.pcap`, pcapHeader());
  const stats = join(folder, "stats.json");
  for (const format of ["table", "json", "jsonl", "dot", "mermaid", "svg", "html"]) {
    const run = await wirespan(["replay", capture, "--format", format, "--stats", stats]);
    assert.equal(run.code, 1);
    assertVisible(run.stderr);
    const mark = run.stdout.split("\n").filter((line) => line.includes("holds no packets"));
    assert.equal(mark.length, 1, format);
    assertVisible(mark.join());
    if (format === "svg" || format === "html") assert.match(mark.join(), /&#60;b&#62;\.pcap/);
  }
  assertVisible(readFileSync(stats, "utf8"));
});

test("messages of a Collector are printed visibly and on one line, also by doctor", async (t) => {
  const receiver = await startOtlpReceiver(() => (callback) => callback({ code: 3, details: HOSTILE_LINES }));
  t.after(() => receiver.stop());
  const { capture } = hostileShop(t);
  const replayed = await wirespan(["replay", capture, "--otlp"], {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
  });
  assertVisible(replayed.stderr);
  assert.match(
    replayed.stderr,
    /^wirespan: the Collector at [^\n]* rejects the spans \([^\n]*title[^\n]*all is well\)/m,
  );
  const doctor = await wirespan(["doctor", "--no-kubernetes", "--seconds", "0", "--collector", receiver.endpoint]);
  assertVisible(doctor.stdout);
  assert.match(doctor.stdout, /^failed +Collector +[^\n]*title[^\n]*all is well/m);
});

test("spans that a Collector rejects are a failure in replay and doctor", async (t) => {
  const receiver = await startOtlpReceiver(() => acceptPart(5, HOSTILE_LINES));
  t.after(() => receiver.stop());
  const { capture, folder } = hostileShop(t);
  const stats = join(folder, "stats.json");
  const replayed = await wirespan(["replay", capture, "--otlp", "--stats", stats], {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
  });
  assertVisible(replayed.stderr);
  assert.equal(replayed.code, 1);
  assert.match(replayed.stderr, /rejected 5 of 2 spans \([^\n]*title/);
  assert.match(replayed.stderr, /^wirespan: 0 of 1 span pair accepted by [^\n]*, 1 dropped \(rejected\)$/m);
  assert.equal(JSON.parse(readFileSync(stats, "utf8")).pairs.dropped.rejected, 1);
  const doctor = await wirespan(["doctor", "--no-kubernetes", "--seconds", "0", "--collector", receiver.endpoint]);
  assertVisible(doctor.stdout);
  assert.equal(doctor.code, 1);
  assert.match(doctor.stdout, /^failed +Collector +[^\n]*rejected 5 of 2 spans/m);
});
