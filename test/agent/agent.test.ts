import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { appendFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setInterval as every } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  CLI,
  CLUSTER,
  capture,
  cleanEnvironment,
  type Ended,
  ended,
  file,
  temporaryFolder,
  wirespan,
} from "../support/cli/wirespan.ts";
import { type NetworkNamespace, networkNamespace } from "../support/network-namespace.ts";

const TRAFFIC = fileURLToPath(new URL("../support/traffic.js", import.meta.url));
const BOUND = { timeout: 60_000 };

for (const node of ["node-a", "node-b", "node-c"]) {
  test(
    `read through libpcap and the sensor process, the capture of ${node} gives the same as a replay`,
    BOUND,
    async () => {
      const about = [...CLUSTER, "--node", node, "--format", "jsonl"];
      const [live, replayed] = await Promise.all([
        wirespan(["agent", "--file", capture(node), ...about]),
        wirespan(["replay", capture(node), ...about]),
      ]);
      assert.equal(live.code, 0, live.stderr);
      assert.ok(replayed.stdout.split("\n").length > 20);
      assert.equal(live.stdout, replayed.stdout);
    },
  );
}

test(
  "a capture that libpcap cannot read to its end gives the packets before, marked as incomplete",
  BOUND,
  async (t) => {
    const cut = file(temporaryFolder(t), "cut.pcap", readFileSync(capture("node-a")).subarray(0, 90_000));
    const run = await wirespan(["agent", "--file", cut, ...CLUSTER, "--node", "node-a", "--format", "jsonl"]);
    assert.equal(run.code, 1);
    assert.match(run.stderr, /wirespan: incomplete: /);
    assert.match(run.stdout, /"evidence".*\n\{"wirespan":"incomplete"/);
  },
);

test("an agent counts the edges and connections of the roll-out as wirespan rollout does", BOUND, async () => {
  const [agent, answer] = await Promise.all([
    wirespan([
      "agent",
      "--file",
      capture("node-a"),
      ...CLUSTER,
      "--node",
      "node-a",
      "--format",
      "json",
      "-o",
      "/dev/null",
      "--stats",
      "-",
    ]),
    wirespan(["rollout", ...CLUSTER, "--capture", `node-a=${capture("node-a")}`, "-o", "json"]),
  ]);
  const { connections, edges } = (JSON.parse(agent.stdout) as { rollout: Record<string, Record<string, number>> })
    .rollout;
  const { today } = JSON.parse(answer.stdout) as { today: { edges: number; connections: number } };
  const sum = (counts: object = {}): number => Object.values(counts).reduce((total, count) => total + count, 0);
  assert.ok(today.edges > 5);
  assert.deepEqual([sum(edges), sum(connections)], [today.edges, today.connections]);
});

/** Two namespaces, a node with an agent and its neighbour, joined by a wire. */
const OURS = "10.99.0.1";
const THEIRS = "10.99.0.2";

interface Node {
  readonly own: NetworkNamespace;
  readonly neighbour: NetworkNamespace;
  readonly folder: string;
  readonly cluster: string;
}

function makeNode(t: TestContext): Node {
  const node = makeUnwiredNode(t);
  wire(node);
  return node;
}

function wire({ own, neighbour }: Node): void {
  own.run("ip", "link", "add", "wire0", "type", "veth", "peer", "name", "wire0", "netns", neighbour.name);
  own.run("ip", "address", "add", `${OURS}/24`, "dev", "wire0");
  neighbour.run("ip", "address", "add", `${THEIRS}/24`, "dev", "wire0");
  for (const side of [own, neighbour]) side.run("ip", "link", "set", "wire0", "up");
}

function makeUnwiredNode(t: TestContext): Node {
  const [own, neighbour] = [networkNamespace(t), networkNamespace(t)];
  const folder = temporaryFolder(t);
  const node = (name: string, address: string) => ({
    kind: "Node",
    metadata: { name },
    status: { addresses: [{ type: "InternalIP", address }] },
  });
  const items = [node("ours", OURS), node("theirs", THEIRS)];
  return { own, neighbour, folder, cluster: file(folder, "cluster.json", JSON.stringify({ kind: "List", items })) };
}

interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly end: Promise<Ended>;
  readonly stats: string;
  /** Resolves when standard error holds this. */
  printed(text: string): Promise<void>;
  /** Resolves when the written counters are so. */
  counted(isSo: (stats: Stats) => boolean): Promise<Stats>;
}

interface Stats {
  readonly packets: number;
  readonly kernelReceived: number;
  readonly kernelDrops: number;
  readonly kernelQueued: number;
  readonly problems: readonly string[];
  readonly interactions: number;
  readonly factsIgnored: Readonly<Record<string, number>>;
  readonly sensor: { readonly starts: number };
  readonly events: { readonly read: number; readonly badLines: number } | null;
  readonly pairs: { readonly made: number };
}

function startAgent(t: TestContext, node: Node, args: readonly string[], env: Record<string, string> = {}): Running {
  const stats = join(node.folder, "stats.json");
  const command = [
    CLI,
    "agent",
    "--node",
    "ours",
    "--agents",
    "ours",
    "--cluster",
    node.cluster,
    "--stats",
    stats,
    ...args,
  ];
  const child = spawn("ip", ["netns", "exec", node.own.name, process.execPath, ...command], {
    env: cleanEnvironment(env),
  });
  t.after(() => child.kill("SIGKILL"));
  const end = ended(child);
  let stderr = "";
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  return {
    child,
    end,
    stats,
    async printed(text) {
      for await (const _ of every(20)) if (stderr.includes(text)) return;
    },
    async counted(isSo) {
      for await (const _ of every(50)) {
        if (!existsSync(stats)) continue;
        const written: Stats = JSON.parse(readFileSync(stats, "utf8"));
        if (isSo(written)) return written;
      }
      throw new Error("unreachable");
    },
  };
}

/** Opens connections to a closed port of the neighbour. */
function connect(from: NetworkNamespace, address: string, port: number, times: number): void {
  const script = `
    const { connect } = require("node:net");
    const once = () => new Promise((done) => connect(${port}, "${address}").on("error", done).on("close", done));
    (async () => { for (let i = 0; i < ${times}; i++) await once(); })();`;
  from.run(process.execPath, "-e", script);
}

async function stopped({ child, end }: Running): Promise<Ended & { readonly millis: number }> {
  const from = performance.now();
  child.kill("SIGTERM");
  return { ...(await end), millis: performance.now() - from };
}

test(
  "an agent reports each connection once, none of the loopback interface, and ends quickly with all of them written",
  BOUND,
  async (t) => {
    const node = makeNode(t);
    const agent = startAgent(t, node, ["--format", "jsonl"]);
    await agent.printed("capturing on any of ours");
    connect(node.own, THEIRS, 8080, 7);
    connect(node.neighbour, OURS, 9090, 5);
    node.own.run(process.execPath, TRAFFIC, "127.0.0.1", "5000", "0", "3000", "4");
    await agent.counted(({ interactions, factsIgnored }) => interactions >= 12 && (factsIgnored.loopback ?? 0) >= 4);
    const { code, stdout, stderr, millis } = await stopped(agent);
    assert.equal(code, 0, stderr);
    assert.ok(millis < 2_000, `${millis} ms`);
    const [header, ...lines] = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual(header, { wirespan: "interactions", version: 1 });
    const reported = lines.map(
      ({ client, server, outcome, dialled }) => `${client.name} ${server.name} ${outcome} ${dialled.port}`,
    );
    assert.deepEqual(reported, [
      ...Array(7).fill("ours theirs refused 8080"),
      ...Array(5).fill("theirs ours refused 9090"),
    ]);
    assert.equal(JSON.parse(readFileSync(agent.stats, "utf8")).pairs.made, 12);
  },
);

test("K5 an agent captures before any interface is up, and sees interfaces that come up later", BOUND, async (t) => {
  const node = makeUnwiredNode(t);
  const agent = startAgent(t, node, ["--format", "jsonl"]);
  await agent.printed("capturing on any of ours");
  wire(node);
  connect(node.own, THEIRS, 8080, 3);
  await agent.counted(({ interactions }) => interactions === 3);
  const { code, stdout } = await stopped(agent);
  assert.equal(code, 0);
  assert.equal(stdout.match(/"client":\{"type":"node","name":"ours"\}/g)?.length, 3);
});

test("connections of an agent to its Collector are not reported", BOUND, async (t) => {
  const node = makeNode(t);
  const agent = startAgent(t, node, ["--format", "jsonl", "--otlp"], {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://${THEIRS}:4317`,
  });
  await agent.printed("sending span pairs to");
  connect(node.own, THEIRS, 8080, 3);
  await agent.printed("refuses the connection");
  await agent.counted(({ factsIgnored }) => (factsIgnored.own_traffic ?? 0) > 0);
  const { code, stdout, millis } = await stopped(agent);
  assert.equal(code, 0);
  assert.ok(millis < 2_000, `${millis} ms`);
  const ports = stdout
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((line) => JSON.parse(line).dialled.port);
  assert.deepEqual(ports, [8080, 8080, 8080]);
});

test("an agent under a flood ends within two seconds, and writes complete lines", BOUND, async (t) => {
  const node = makeNode(t);
  const agent = startAgent(t, node, ["--format", "jsonl"]);
  await agent.printed("capturing on any of ours");
  const flood = spawn("ip", ["netns", "exec", node.own.name, process.execPath, TRAFFIC, THEIRS, "53", "100000000"]);
  t.after(() => flood.kill("SIGKILL"));
  await agent.counted(({ packets }) => packets > 20_000);
  const { code, stdout, millis } = await stopped(agent);
  flood.kill("SIGKILL");
  assert.equal(code, 0);
  assert.ok(millis < 2_000, `${millis} ms`);
  for (const line of stdout.trimEnd().split("\n")) JSON.parse(line);
  addsUp(agent);
});

/** Received packets are read, dropped or queued, and `problems` is empty only if all were read. */
function addsUp({ stats }: Running): Stats {
  const last: Stats = JSON.parse(readFileSync(stats, "utf8"));
  assert.equal(last.kernelReceived, last.packets + last.kernelDrops + last.kernelQueued, JSON.stringify(last));
  assert.equal(last.kernelDrops + last.kernelQueued > 0, last.problems.length > 0, last.problems.join());
  return last;
}

test("packets received before the signal are still reported", BOUND, async (t) => {
  const node = makeNode(t);
  const agent = startAgent(t, node, ["--format", "jsonl"]);
  await agent.printed("capturing on any of ours");
  const sensor = childOf(agent.child.pid ?? 0);
  // All packets wait in the ring.
  process.kill(sensor, "SIGSTOP");
  connect(node.own, THEIRS, 8080, 200);
  const end = stopped(agent);
  process.kill(sensor, "SIGCONT");
  const { code, stdout, millis } = await end;
  assert.equal(code, 0);
  assert.ok(millis < 2_000, `${millis} ms`);
  assert.equal(stdout.match(/"outcome":"refused"/g)?.length, 200);
  const { packets, kernelQueued } = addsUp(agent);
  assert.ok(packets >= 400 && kernelQueued === 0);
});

test("a sensor that does not exit in time marks the result as incomplete", BOUND, async (t) => {
  const node = makeNode(t);
  const agent = startAgent(t, node, ["--format", "jsonl"]);
  await agent.printed("capturing on any of ours");
  process.kill(childOf(agent.child.pid ?? 0), "SIGSTOP");
  const { code, stdout, stderr, millis } = await stopped(agent);
  assert.equal(code, 1);
  assert.ok(millis < 2_000, `${millis} ms`);
  assert.match(
    stdout,
    /\{"wirespan":"incomplete","reason":"the sensor did not exit in time \(killed by SIGKILL\); [^"]*"\}\n$/,
  );
  assert.match(stderr, /incomplete: the sensor did not exit in time/);
});

test("a second signal ends the agent at once", BOUND, async (t) => {
  const node = makeNode(t);
  const agent = startAgent(t, node, ["--otlp"], { OTEL_EXPORTER_OTLP_ENDPOINT: "http://10.99.0.77:4317" });
  await agent.printed("sending span pairs to");
  // The agent waits a second for a sensor that does not exit.
  const sensor = childOf(agent.child.pid ?? 0);
  process.kill(sensor, "SIGSTOP");
  agent.child.kill("SIGTERM");
  const from = performance.now();
  for await (const _ of every(50)) if (performance.now() - from > 200) break;
  agent.child.kill("SIGTERM");
  const { signal } = await agent.end;
  process.kill(sensor, "SIGKILL");
  assert.equal(signal, "SIGTERM");
  assert.ok(performance.now() - from < 700);
});

test("a sensor that exits is restarted, and marks the result as incomplete", BOUND, async (t) => {
  const node = makeNode(t);
  const agent = startAgent(t, node, ["--format", "jsonl"]);
  await agent.printed("capturing on any of ours");
  connect(node.own, THEIRS, 8080, 3);
  const before = await agent.counted(({ interactions, packets }) => interactions === 3 && packets >= 6);
  process.kill(childOf(agent.child.pid ?? 0), "SIGKILL");
  await agent.printed("sensor exited (killed by SIGKILL); restarting in 0.2 s");
  await agent.printed("capturing again");
  connect(node.own, THEIRS, 8081, 2);
  // The counters of both sensors are added; a sensor reports its own every second.
  const after = await agent.counted(({ interactions, packets }) => interactions === 5 && packets > before.packets);
  assert.equal(after.sensor.starts, 2);
  const { code, stdout } = await stopped(agent);
  assert.equal(code, 1);
  assert.match(
    stdout,
    /\{"wirespan":"incomplete","reason":"[^"]*the sensor stopped \(killed by SIGKILL\); [^"]*missing"\}\n$/,
  );
});

test(
  "events are read as they are written; invalid lines and objects are reported, counted, and make the result incomplete",
  BOUND,
  async (t) => {
    const node = makeNode(t);
    const event = (t: number, name: string) => {
      const object = {
        kind: "Pod",
        metadata: { name, namespace: "shop", uid: name, creationTimestamp: new Date(t * 1000).toISOString() },
        spec: { nodeName: "ours", containers: [] },
        status: { podIP: "10.99.0.5", phase: "Running" },
      };
      return `${JSON.stringify({ t, type: "ADDED", object })}\n`;
    };
    const events = file(node.folder, "events.jsonl", event(Date.now() / 1000, "first"));
    const agent = startAgent(t, node, ["--format", "jsonl", "--events", events]);
    await agent.printed("capturing on any of ours");
    const badObject = event(Date.now() / 1000, "third").replace('"uid":"third"', '"uid":{"toString":1}');
    appendFileSync(events, `garbage\n{"t":1}\n${badObject}${event(Date.now() / 1000, "second")}`);
    const { events: counted } = await agent.counted(({ events }) => events?.read === 2);
    assert.deepEqual(counted, { read: 2, badLines: 3 });
    await agent.printed("events.jsonl, line 2 is not JSON; each line is");
    const { code, stdout, stderr } = await stopped(agent);
    assert.equal(code, 1);
    const reason =
      /1 invalid object was ignored \([^)]*line 4: Pod [^)]*\); .*; 2 invalid lines were ignored \(first: [^)]*line 2 /;
    assert.match(stdout, new RegExp(`"wirespan":"incomplete","reason":"${reason.source}`));
    const lines = stderr
      .split("\n")
      .filter((line) => line.includes("events.jsonl, line") && !line.includes("incomplete"));
    assert.equal(lines.length, 2, "the first one at once, the others as a total at the end");
  },
);

test("an agent ends without a message when the reader closes the pipe", BOUND, async (t) => {
  const node = makeNode(t);
  const agent = startAgent(t, node, ["--format", "jsonl"]);
  await agent.printed("capturing on any of ours");
  agent.child.stdout.destroy();
  connect(node.own, THEIRS, 8080, 2);
  const { code, stderr } = await agent.end;
  assert.equal(code, 0);
  // The last line is the start of the capture.
  assert.match(stderr, /wirespan: capturing on any of ours\n$/);
});

test("an idle agent uses less than 5 % of a core", BOUND, async (t) => {
  const node = makeNode(t);
  const agent = startAgent(t, node, ["--format", "jsonl"]);
  await agent.printed("capturing on any of ours");
  const pids = [agent.child.pid ?? 0, childOf(agent.child.pid ?? 0)];
  const spent = () => pids.reduce((sum, pid) => sum + cpuMillis(pid), 0);
  const seconds = 4;
  await agent.counted(({ sensor }) => sensor.starts === 1);
  const before = spent();
  const from = performance.now();
  for await (const _ of every(100)) if (performance.now() - from > seconds * 1000) break;
  const share = (spent() - before) / (seconds * 1000);
  assert.ok(share < 0.05, `${(share * 100).toFixed(1)} % of a core`);
  assert.equal((await stopped(agent)).code, 0);
});

/** The only child of a process. */
function childOf(pid: number): number {
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      if (statOf(Number(entry))[1] === String(pid)) return Number(entry);
    } catch {
      // It has exited meanwhile.
    }
  }
  throw new Error(`${pid} has no child`);
}

/** Fields of /proc/<pid>/stat after the program's name: proc_pid_stat(5). */
function statOf(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}

/** User and system time, in the kernel's ticks of 10 ms. */
function cpuMillis(pid: number): number {
  const fields = statOf(pid);
  return 10 * (Number(fields[11]) + Number(fields[12]));
}
