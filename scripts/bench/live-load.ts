// EDGE: fs, child_process, process
// `npm run bench:live-load`: sends 50,000 packets/s of generated SYNs and DNS for ten seconds to a live agent, in two network
// namespaces that a veth pair connects. Needs root and tcpreplay. Exits with code 1 if packets are lost, or the agent does
// not return to its event loop for too long.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { captureFilter } from "../../src/capture/live/capture-filter.ts";
import type { Stats } from "../../src/telemetry/stats.ts";
import { dependent } from "../../test/support/dependent-process.ts";
import { withCleanup } from "../cleanup.ts";
import { optionsOf } from "../options.ts";
import { CAPTURED_NODE, generate } from "./generate.ts";

const USAGE = `Usage: npm run bench:live-load -- [options]     as root
  --rate N        packets per second (50000)
  --seconds N     duration (10)
Exit codes: 0 no packet was lost; 1 packets were lost, or the event loop was blocked for too long; 2 an invalid argument.`;

const options = optionsOf(USAGE, {
  rate: { type: "string", default: "50000" },
  seconds: { type: "string", default: "10" },
});
const rate = Number(options.rate);
const packets = rate * Number(options.seconds);
const MAX_DISPATCH_MILLIS = 250;
const READY_MILLIS = 15_000;
const STOP_MILLIS = 10_000;

const sender = `wirespan-sender-${process.pid}`;
const receiver = `wirespan-receiver-${process.pid}`;
const device = "load0";
const directory = mkdtempSync(join(tmpdir(), "wirespan-load-"));
const stats = join(directory, "stats.json");
const capture = join(directory, "capture.pcap");

const run = (...command: string[]) => execFileSync(command[0] ?? "", command.slice(1), { encoding: "utf8" });
const inside = (namespace: string, ...command: string[]) => ["ip", "netns", "exec", namespace, ...command];

await withCleanup(async (cleanup) => {
  cleanup.add(removeAll);
  return (await load()) ? 0 : 1;
});

function removeAll(): void {
  for (const namespace of [sender, receiver]) {
    try {
      run("ip", "netns", "del", namespace);
    } catch {
      // It does not exist.
    }
  }
  rmSync(directory, { recursive: true });
}

function makeNamespaces(): void {
  for (const namespace of [sender, receiver]) {
    run("ip", "netns", "add", namespace);
    // No neighbor discovery: only generated frames.
    run(...inside(namespace, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1"));
  }
  run("ip", "link", "add", device, "netns", sender, "type", "veth", "peer", "name", device, "netns", receiver);
  for (const namespace of [sender, receiver]) {
    run(...inside(namespace, "ip", "link", "set", device, "arp", "off", "up"));
    run(...inside(namespace, "ip", "link", "set", "lo", "up"));
  }
}

async function load(): Promise<boolean> {
  makeNamespaces();
  generate({ directory, packets, seed: 1, shift: 0, network: "flat", link: "ethernet" });
  const knowledge = ["--cluster", join(directory, "cluster.json"), "--node", CAPTURED_NODE];
  const output = ["--format", "json", "-o", "/dev/null", "--stats", stats];
  const command = inside(receiver, "dist/bin/wirespan", "agent", "--device", "any", ...knowledge, ...output);
  const agent = spawn(...dependent(command, "TERM"), { stdio: ["ignore", "inherit", "inherit"] });
  const ended = new Promise<number>((resolve) => agent.on("close", (status) => resolve(status ?? 1)));
  try {
    if (!(await Promise.race([isCapturing(), ended.then(() => false)]))) {
      console.error("live-load: the agent did not start to capture");
      return false;
    }
    const replay = ["tcpreplay", "-q", "--preload-pcap", `--pps=${rate}`, `--intf1=${device}`, capture];
    const sensor = sensorOf(agent.pid ?? 0);
    const before = scheduled(sensor);
    console.log(run(...inside(sender, ...replay)).trim());
    const after = scheduled(sensor);
    const [ran, waited] = [after.ranMillis - before.ranMillis, after.waitedMillis - before.waitedMillis];
    // A dispatch ends when the kernel has no more packets, so waiting for a core makes it longer.
    console.log(`while packets came, the sensor ran for ${ran} ms and waited for a core for ${waited} ms`);
    // The buffer timeout of the kernel, and the last batch of the stream.
    await delay(1000);
  } finally {
    agent.kill("SIGTERM");
    const killer = setTimeout(() => agent.kill("SIGKILL"), STOP_MILLIS);
    await ended;
    clearTimeout(killer);
  }
  return judge(JSON.parse(readFileSync(stats, "utf8")), matching(capture));
}

/** The process of the sensor: the descendant without children. */
function sensorOf(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return children === "" ? pid : sensorOf(Number(children.split(" ")[0]));
}

/** How long the main thread of a process has run, and waited for a core while it could run. */
function scheduled(pid: number): { readonly ranMillis: number; readonly waitedMillis: number } {
  const [ran, waited] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8").split(" ").map(Number);
  return { ranMillis: Math.round((ran ?? 0) / 1e6), waitedMillis: Math.round((waited ?? 0) / 1e6) };
}

/** The agent captures when its namespace has a packet socket. */
async function isCapturing(): Promise<boolean> {
  for (let waited = 0; waited < READY_MILLIS; waited += 100) {
    const sockets =
      run(...inside(receiver, "cat", "/proc/net/packet"))
        .trim()
        .split("\n").length - 1;
    if (sockets > 0) return true;
    await delay(100);
  }
  return false;
}

/** A number in the statistics of the agent. Throws without it. */
function figure(statistics: Readonly<Record<string, unknown>>, name: keyof Stats): number {
  const value = statistics[name];
  if (typeof value !== "number") throw new Error(`live-load: the agent's statistics have no number ${name}`);
  return value;
}

/** The number of frames that match the filter of the agent, by libpcap. */
function matching(capture: string): number {
  const filter = captureFilter({ dnsPorts: [53] });
  return Number.parseInt(run("tcpdump", "--count", "-r", capture, filter), 10);
}

function judge(statistics: Readonly<Record<string, unknown>>, expected: number): boolean {
  const drops = figure(statistics, "kernelDrops");
  const dispatch = figure(statistics, "longestDispatchMillis");
  const seen = figure(statistics, "packets");
  console.log(
    `frames sent: ${packets}; matching the filter: ${expected}; seen by the agent: ${seen}; kernel drops: ${drops}; longest dispatch: ${dispatch.toFixed(0)} ms`,
  );
  return drops === 0 && seen === expected && dispatch < MAX_DISPATCH_MILLIS;
}
