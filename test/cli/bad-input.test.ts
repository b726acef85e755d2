import assert from "node:assert/strict";
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { pcapFile, pcapHeader } from "../capture/support/capture-bytes.ts";
import {
  CLUSTER,
  capture,
  file,
  RECORDING,
  type RunOptions,
  temporaryFolder,
  wirespan,
} from "../support/cli/wirespan.ts";
import { ethernet, ipv4, tcp } from "../support/packet-builder.ts";

interface Mistake {
  readonly name: string;
  /** Writes the needed files into the folder of the test, and returns the arguments. */
  readonly args: (folder: string) => readonly string[];
  readonly code: 1 | 2;
  /** The mistake and the fix in the sentence. */
  readonly message: RegExp;
  readonly options?: RunOptions;
}

const UNPRIVILEGED = 65_534;
const GOOD = capture("node-a");
const clusterText = (): string => readFileSync(join(RECORDING, "cluster.json"), "utf8");
const withCluster = (folder: string, content: string): string[] => [
  "replay",
  GOOD,
  "--cluster",
  file(folder, "cluster.json", content),
];
const otlp = (env: Readonly<Record<string, string>>): Pick<Mistake, "args" | "options"> => ({
  args: () => ["replay", GOOD, "--otlp"],
  options: { env },
});

const mistakes: readonly Mistake[] = [
  {
    name: "a missing capture",
    args: () => ["replay", "none.pcap"],
    code: 2,
    message: /none\.pcap: the file does not exist; check/,
  },
  {
    name: "a missing second capture, before the first is read",
    args: () => ["replay", GOOD, "none.pcap"],
    code: 2,
    message: /none\.pcap: the file does not exist; check/,
  },
  {
    name: "a missing capture of the second node",
    args: () => ["replay", "--capture", `node-a=${GOOD}`, "--capture", "node-b=none.pcap"],
    code: 2,
    message: /none\.pcap: the file does not exist; check/,
  },
  {
    name: "a capture without read permission",
    args(folder) {
      const path = file(folder, "secret.pcap", pcapHeader());
      chmodSync(folder, 0o755);
      chmodSync(path, 0o600);
      return ["replay", path];
    },
    options: { uid: UNPRIVILEGED },
    code: 2,
    message: /secret\.pcap: permission denied; make it readable/,
  },
  {
    name: "an empty capture",
    args: (folder) => ["replay", file(folder, "a.pcap", "")],
    code: 2,
    message: /a\.pcap is empty; record it again/,
  },
  {
    name: "a file that is not a capture",
    args: (folder) => ["replay", file(folder, "a.pcap", "hello, world")],
    code: 2,
    message: /not a capture file but text \(it begins with "hello, world"\); pass a pcap/,
  },
  {
    name: "a directory as a capture",
    args: (folder) => ["replay", folder],
    code: 2,
    message: /is a directory; pass the capture files in it/,
  },
  {
    name: "a cluster file as a second capture",
    args: (folder) => ["replay", GOOD, file(folder, "cluster.json", clusterText())],
    code: 2,
    message: /cluster\.json is a cluster file, not a capture; pass it with --cluster/,
  },
  {
    name: "standard input that is not a capture",
    args: () => ["replay", "-"],
    options: { input: "hello, world\n" },
    code: 2,
    message: /stdin is not a capture file but text/,
  },
  {
    name: "standard input twice",
    args: () => ["replay", "-", "--cluster", "-"],
    code: 2,
    message: /standard input can be read only once; use files for the other inputs/,
  },
  {
    name: "events of an agent on standard input",
    args: () => ["agent", "--events", "-"],
    code: 2,
    message: /the agent cannot follow --events on standard input; pass a file/,
  },
  {
    name: "no capture at all",
    args: () => ["replay"],
    code: 2,
    message: /no capture file to read; use wirespan replay FILE/,
  },
  {
    name: "--capture with --node",
    args: () => ["replay", "--capture", `a=${GOOD}`, "--node", "a"],
    code: 2,
    message: /--capture cannot be combined with --node or FILE arguments; omit them/,
  },
  {
    name: "--capture with a file argument",
    args: () => ["replay", GOOD, "--capture", `a=${GOOD}`],
    code: 2,
    message: /--capture cannot be combined with --node or FILE arguments; omit them/,
  },
  {
    name: "--capture without a node",
    args: () => ["replay", "--capture", GOOD],
    code: 2,
    message: /invalid --capture ".*": expected NODE=FILE, such as/,
  },

  {
    name: "a missing cluster file",
    args: () => ["replay", GOOD, "--cluster", "none.json"],
    code: 2,
    message: /none\.json does not exist; check/,
  },
  {
    name: "an empty cluster file",
    args: (folder) => withCluster(folder, ""),
    code: 2,
    message: /is empty; create it with: kubectl get/,
  },
  {
    name: "a cluster file in YAML",
    args: (folder) => withCluster(folder, "apiVersion: v1\nkind: List\n"),
    code: 2,
    message: /is YAML instead of JSON; create it with: kubectl get .* -o json/,
  },
  {
    name: "a cluster file of text",
    args: (folder) => withCluster(folder, "NAME READY\nfrontend 1/1\n"),
    code: 2,
    message: /is not JSON; create it with: kubectl .* \(it begins with "NAME READY"\)/,
  },
  {
    name: "a truncated cluster file",
    args: (folder) => withCluster(folder, clusterText().slice(0, 5_000)),
    code: 2,
    message: /is truncated or broken JSON; create it with/,
  },
  {
    name: "a cluster file without Kubernetes objects",
    args: (folder) => withCluster(folder, '{"hello":1}'),
    code: 2,
    message: /contains no Kubernetes objects; create it with/,
  },
  {
    name: "a cluster file of other kinds",
    args: (folder) => withCluster(folder, '{"kind":"ConfigMapList","items":[{"metadata":{"name":"a"}}]}'),
    code: 2,
    message: /contains no pods, services or nodes; create it with/,
  },
  {
    name: "a cluster file with an empty list",
    args: (folder) => withCluster(folder, '{"kind":"List","items":[]}'),
    code: 2,
    message: /contains no pods, services or nodes; create it with/,
  },
  {
    name: "a missing log of events",
    args: () => ["replay", GOOD, "--events", "none.jsonl"],
    code: 2,
    message: /none\.jsonl does not exist; check/,
  },
  {
    name: "a log of events with a bad line",
    args: (folder) => ["replay", GOOD, "--events", file(folder, "e.jsonl", "\n{}\n")],
    code: 2,
    message: /line 2 is not a watch event; each line is/,
  },
  {
    name: "a sensor that is a directory",
    args: (folder) => ["agent", "--sensor", folder],
    code: 2,
    message: /--sensor .* is a directory; pass the path of the socket/,
  },
  {
    name: "a sensor that is a file",
    args: (folder) => ["agent", "--sensor", file(folder, "sensor.sock", "")],
    code: 2,
    message: /--sensor .* is not a socket; pass the path of the socket/,
  },
  {
    name: "a sensor whose path is too long for a socket",
    args: () => ["agent", "--sensor", `/run/${"s".repeat(120)}`],
    code: 2,
    message: /--sensor .* is longer than the 107 bytes of a socket's path; choose a shorter one/,
  },
  {
    name: "a missing log of events of an agent",
    args: () => ["agent", "--events", "none.jsonl"],
    code: 2,
    message: /none\.jsonl does not exist; check/,
  },
  {
    name: "a log of events of an agent that is not JSON",
    args: (folder) => ["agent", "--events", file(folder, "e.jsonl", "a\nb\n")],
    code: 2,
    message: /line 1 is not JSON; each line is .* \(this one begins with "a"\)/,
  },
  {
    name: "a node that the cluster does not have",
    args: () => ["replay", GOOD, ...CLUSTER, "--node", "node-z"],
    code: 2,
    message: /"node-z" is not in the cluster; its nodes are node-a, node-b, node-c/,
  },
  {
    name: "a node of --capture that the cluster does not have",
    args: () => ["replay", "--capture", `z=${GOOD}`, ...CLUSTER],
    code: 2,
    message: /--capture "z" is not in the cluster; its nodes/,
  },
  {
    name: "a node in NODE_NAME that the cluster does not have",
    args: () => ["agent", ...CLUSTER],
    options: { env: { NODE_NAME: "node-z" } },
    code: 2,
    message: /NODE_NAME "node-z" is not in the cluster; its nodes/,
  },
  {
    name: "a node that is not among the agents",
    args: () => ["replay", GOOD, "--node", "a", "--agents", "b,c"],
    code: 2,
    message: /"a" is not among --agents b,c; add it there/,
  },
  {
    name: "an agent on a node that the cluster does not have",
    args: () => ["replay", GOOD, ...CLUSTER, "--agents", "node-a,x"],
    code: 2,
    message: /--agents "x" is not in the cluster; its nodes/,
  },
  {
    name: "an empty name among the agents",
    args: () => ["replay", GOOD, "--agents", "a,"],
    code: 2,
    message: /invalid --agents "a,": empty name; separate node names with commas/,
  },
  { name: "an empty node", args: () => ["replay", GOOD, "--node", ""], code: 2, message: /--node is empty; pass/ },

  {
    name: "a limit of 0 pairs",
    args: () => ["replay", GOOD, "--max-pairs-per-edge", "0"],
    code: 2,
    message: /invalid --max-pairs-per-edge "0": expected a whole number/,
  },
  {
    name: "an unknown format",
    args: () => ["replay", GOOD, "--format", "png"],
    code: 2,
    message: /unsupported format "png" of --format; use table, wide, json, /,
  },
  {
    name: "an unknown option",
    args: () => ["replay", GOOD, "--nodes", "a"],
    code: 2,
    message: /unknown option '--nodes' \(Did you mean --node\?\); see wirespan replay --help/,
  },
  {
    name: "an option without its value",
    args: () => ["replay", GOOD, "--cluster"],
    code: 2,
    message: /argument missing; see wirespan replay --help/,
  },
  {
    name: "help for a word that is no command",
    args: () => ["help", "reply"],
    code: 2,
    message: /unknown command 'reply' \(Did you mean replay\?\); see wirespan --help/,
  },
  {
    name: "an unknown command",
    args: () => ["reply"],
    code: 2,
    message: /unknown command 'reply' \(Did you mean replay\?\); see wirespan --help/,
  },
  {
    name: "a picture in an unsupported format",
    args: (folder) => ["replay", GOOD, "-o", join(folder, "map.png")],
    code: 2,
    message: /unsupported format of -o .*map\.png; use \.json, .*\.svg, \.html/,
  },
  ...(
    [
      ["impact", /blast-radius NAME lists who is affected/],
      ["who", /edges --to NAME lists its clients/],
      ["failures", /edges --failed lists what failed/],
      ["compare", /diff OLDER NEWER lists the edges/],
      ["graph", /replay FILE draws capture files/],
      ["capture", /agent captures live/],
      ["node.pcap", /use wirespan replay node\.pcap/],
    ] as const
  ).map(([word, answer]) => ({
    name: `the unknown command ${word}`,
    args: () => [word],
    code: 2 as const,
    message: new RegExp(`unknown command '${word}': .*${answer.source}`),
  })),
  {
    name: "an excess argument",
    args: () => ["agent", "eth0"],
    code: 2,
    message: /too many arguments.*; see wirespan agent --help/,
  },
  {
    name: "an invalid port",
    args: () => ["replay", GOOD, "--dns-port", "0x35"],
    code: 2,
    message: /invalid --dns-port "0x35": expected a port/,
  },
  {
    name: "a port that is too large",
    args: () => ["replay", GOOD, "--dns-port", "70000"],
    code: 2,
    message: /invalid --dns-port "70000": expected a port/,
  },
  {
    name: "an invalid range",
    args: () => ["replay", GOOD, "--external-cidr", "10.1.0.0/99=office"],
    code: 2,
    message: /invalid --external-cidr ".*": expected CIDR=NAME, such as/,
  },
  {
    name: "a range without a name",
    args: () => ["replay", GOOD, "--external-cidr", "10.1.0.0/16"],
    code: 2,
    message: /invalid --external-cidr ".*": expected CIDR=NAME, such as/,
  },
  {
    name: "an invalid domain",
    args: () => ["replay", GOOD, "--cluster-domain", "a b"],
    code: 2,
    message: /invalid --cluster-domain "a b": expected a DNS domain, such as cluster\.local/,
  },
  {
    name: "results in a missing directory",
    args: (folder) => ["replay", GOOD, "-o", join(folder, "none", "a.txt")],
    code: 2,
    message: /cannot write -o .* \(its directory does not exist\); choose a file/,
  },
  {
    name: "results to a directory",
    args: (folder) => ["replay", GOOD, "-o", folder],
    code: 2,
    message: /cannot write -o .* \(it is a directory\); choose a file/,
  },
  {
    name: "results on a full disk",
    args: () => ["replay", GOOD, "-o", "/dev/full"],
    code: 1,
    message: /cannot write results to \/dev\/full \(ENOSPC\); free disk space, or use -o FILE/,
  },
  {
    name: "counters in a missing directory",
    args: (folder) => ["replay", GOOD, "--stats", join(folder, "none", "s.json")],
    code: 2,
    message: /cannot write --stats .* \(its directory does not exist\); choose a file/,
  },
  {
    name: "counters to a directory",
    args: (folder) => ["replay", GOOD, "--stats", folder],
    code: 2,
    message: /cannot write --stats .* \(it is a directory\); choose/,
  },
  {
    name: "counters and a picture on standard output",
    args: () => ["replay", GOOD, "--format", "svg", "--stats", "-"],
    code: 2,
    message: /--stats - and the svg both write to standard output; use --stats FILE or -o FILE/,
  },

  {
    name: "an invalid endpoint",
    ...otlp({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://" }),
    code: 2,
    message: /invalid OTEL_EXPORTER_OTLP_ENDPOINT=http:\/\/: expected host and port/,
  },
  {
    name: "an endpoint without a port",
    ...otlp({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector" }),
    code: 2,
    message: /invalid OTEL_EXPORTER_OTLP_ENDPOINT=http:\/\/collector: expected host and port/,
  },
  {
    name: "an endpoint without a scheme",
    ...otlp({ OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4317" }),
    code: 2,
    message: /OTEL_EXPORTER_OTLP_ENDPOINT=collector:4317 has no scheme; use http:/,
  },
  {
    name: "an unknown protocol",
    ...otlp({ OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" }),
    code: 2,
    message: /unsupported OTEL_EXPORTER_OTLP_PROTOCOL=http\/json; set it to grpc or http\/protobuf/,
  },
  {
    name: "an unknown exporter",
    ...otlp({ OTEL_TRACES_EXPORTER: "jaeger" }),
    code: 2,
    message: /invalid OTEL_TRACES_EXPORTER=jaeger: expected otlp/,
  },
  {
    name: "an invalid boolean",
    ...otlp({ OTEL_SDK_DISABLED: "maybe" }),
    code: 2,
    message: /invalid OTEL_SDK_DISABLED=maybe: expected true or false/,
  },
  {
    name: "an invalid boolean for an endpoint without a scheme",
    ...otlp({ OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4317", OTEL_EXPORTER_OTLP_INSECURE: "1" }),
    code: 2,
    message: /invalid OTEL_EXPORTER_OTLP_INSECURE=1: expected true or false/,
  },
  {
    name: "an invalid queue size",
    ...otlp({ OTEL_BSP_MAX_QUEUE_SIZE: "big" }),
    code: 2,
    message: /invalid OTEL_BSP_MAX_QUEUE_SIZE=big: expected a positive integer/,
  },
  {
    name: "a missing certificate",
    ...otlp({ OTEL_EXPORTER_OTLP_ENDPOINT: "https://127.0.0.1:1", OTEL_EXPORTER_OTLP_CERTIFICATE: "none.pem" }),
    code: 2,
    message: /OTEL_EXPORTER_OTLP_CERTIFICATE/,
  },
  {
    name: "span pairs and results on standard output",
    ...otlp({ OTEL_TRACES_EXPORTER: "console" }),
    code: 2,
    message: /OTEL_TRACES_EXPORTER=console .*; write the results to a file with -o/,
  },

  {
    name: "an unknown device",
    args: () => ["agent", "--device", "none0", "--format", "jsonl"],
    code: 1,
    message: /none0: the interface does not exist; see/,
  },
  {
    name: "no permission to capture",
    args: () => ["agent", "--device", "lo", "--format", "jsonl"],
    options: { uid: UNPRIVILEGED },
    code: 1,
    message: /CAP_NET_RAW/,
  },
];

for (const { name, args, code, message, options } of mistakes) {
  test(`${name} is one sentence with a fix`, { timeout: 30_000 }, async (t) => {
    const run = await wirespan(args(temporaryFolder(t)), options);
    const sentences = run.stderr.trimEnd().split("\n");
    assert.equal(sentences.length, 1, run.stderr);
    assert.match(sentences[0] ?? "", message);
    assert.match(sentences[0] ?? "", /^wirespan: /);
    assert.equal(run.code, code);
    // The header of jsonl may be written before the capture starts.
    assert.match(run.stdout, /^(\{"wirespan":"interactions","version":1\}\n)?$/);
  });
}

const syn = (at: number, linkIsOdd = false) => ({
  seconds: 1_700_000_000 + at,
  fraction: 0,
  bytes: linkIsOdd
    ? new Uint8Array(60)
    : ethernet(
        ipv4(
          { source: "10.0.0.1", destination: "10.0.0.2" },
          tcp({ sourcePort: 1000 + at, destinationPort: 80, flags: 2 }),
        ),
      ),
});

test("a capture without packets is reported as incomplete", async (t) => {
  const run = await wirespan(["replay", file(temporaryFolder(t), "header.pcap", pcapHeader())]);
  assert.equal(run.code, 1);
  assert.match(run.stderr, /incomplete: .*header\.pcap holds no packets; capture while connections are made\n$/);
  assert.match(run.stdout, /\nincomplete: .*holds no packets/);
});

test("a capture of an unsupported link type is reported as incomplete", async (t) => {
  const path = file(temporaryFolder(t), "odd.pcap", pcapFile([syn(0, true), syn(1, true)], { linkType: 195 }));
  const run = await wirespan(["replay", path]);
  assert.equal(run.code, 1);
  assert.match(run.stderr, /incomplete: .*odd\.pcap has a link type that wirespan does not read; capture with/);
});

test("packets of an unsupported link type are reported, and the result of the others is incomplete", async (t) => {
  const folder = temporaryFolder(t);
  const odd = file(folder, "odd.pcap", pcapFile([syn(0, true)], { linkType: 195 }));
  const good = file(folder, "good.pcap", pcapFile([syn(0), syn(9)]));
  const run = await wirespan(["replay", odd, good]);
  assert.equal(run.code, 1);
  assert.match(
    run.stderr,
    /incomplete: 1 of 3 packets of .* have a link type that wirespan does not read; capture with/,
  );
  assert.match(run.stdout, /10\.0\.0\.1/);
});

test("a directory as a capture leaves an older result unchanged", async (t) => {
  const folder = temporaryFolder(t);
  const output = file(folder, "map.html", "the last one");
  const run = await wirespan(["replay", folder, "-o", output]);
  assert.equal(run.code, 2);
  assert.equal(readFileSync(output, "utf8"), "the last one");
});

test("counters and results on a full disk have one sentence and one exit code", async () => {
  const [results, counters] = await Promise.all(
    ["-o", "--stats"].map((option) => wirespan(["replay", GOOD, option, "/dev/full"])),
  );
  assert.deepEqual([results?.code, counters?.code], [1, 1]);
  const sentence = (what: string, option: string): RegExp =>
    new RegExp(
      `^wirespan: cannot write ${what} to /dev/full \\(ENOSPC\\); free disk space, or use ${option} FILE$`,
      "m",
    );
  assert.match(results?.stderr ?? "", sentence("results", "-o"));
  assert.match(counters?.stderr ?? "", sentence("counters", "--stats"));
});

test("a cluster file can be gzipped and on standard input", async () => {
  const named = await wirespan(["replay", GOOD, "--cluster", join(RECORDING, "cluster.json"), "--format", "json"]);
  const piped = await wirespan(["replay", GOOD, "--cluster", "-", "--format", "json"], {
    input: gzipSync(clusterText()),
  });
  assert.equal(piped.code, 0, piped.stderr);
  assert.equal(piped.stdout, named.stdout);
});

test("the version is shown by command and option, also after a command", async () => {
  const word = await wirespan(["version"]);
  assert.equal(word.code, 0);
  assert.match(word.stdout, /^\d+\.\d+\.\d+\n$/);
  for (const args of [["--version"], ["-V"], ["edges", "-V"], ["policies", "--version"], ["policies", "check", "-V"]]) {
    assert.deepEqual(await wirespan(args), word, args.join(" "));
  }
});
