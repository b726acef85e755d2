// EDGE: child_process, fs, process
// Records a run of the laboratory: node record.js --out DIR [--network bridge|ptp] [--overlay host-gw|vxlan] [--seed N] [--seconds S]
// [--profile demo|matrix] [--timestamps all|nodes] [--compact]. One capture a node, cluster.json, events.jsonl, truth.jsonl, lab.json.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { optionsOf } from "../../scripts/options.ts";
import { objectKey, type WatchEvent } from "./cluster/cluster-life.ts";
import { type Lab, type LabOptions, startLab } from "./lab.ts";
import { interfaceNames } from "./network/network.ts";
import { CAPTURE_FILTER, startCaptures } from "./support/captures.ts";

/** Leaves out of the watch log what never changed: the cluster file says it as well. */
function compactEvents(file: string): void {
  const lines = readFileSync(file, "utf8").trim().split("\n");
  const events = lines.map((line) => JSON.parse(line) as WatchEvent);
  const times = new Map<string, number>();
  for (const { object } of events) times.set(objectKey(object), (times.get(objectKey(object)) ?? 0) + 1);
  const isLate = ({ t }: WatchEvent): boolean => t > (events[0]?.t ?? 0);
  const kept = lines.filter((_, i) => {
    const event = events[i];
    return event !== undefined && (isLate(event) || (times.get(objectKey(event.object)) ?? 0) > 1);
  });
  writeFileSync(file, `${kept.join("\n")}\n`);
}

async function describe(lab: Lab, options: LabOptions): Promise<unknown> {
  const { cluster } = lab;
  const interfaces: Record<string, Record<string, string>> = {};
  for (const [node, namespace] of lab.namespaces) interfaces[node] = await interfaceNames(namespace);
  return {
    seed: `${options.profile}-${options.seed}`,
    timestamps: options.timestamps ?? "all",
    profile: `${options.network}-${options.overlay.replace("-", "")}`,
    proxy: "nft",
    br_netfilter: options.network === "bridge" ? 1 : 0,
    podToNodeMasquerade: true,
    nodes: cluster.nodes.map(({ name }) => name),
    nodesWithAgent: cluster.nodes.map(({ name }) => name),
    interfaces,
    dnsService: cluster.dnsService,
    dns: "cluster",
    filter: CAPTURE_FILTER,
    outside: { upstream: cluster.outside.v4, remote: cluster.outsideClients.v4 },
  };
}

async function record(options: LabOptions, isCompact: boolean): Promise<void> {
  mkdirSync(options.directory, { recursive: true });
  const lab = await startLab(options);
  try {
    const captures = await startCaptures(lab, options.directory);
    const truth = await lab.runTraffic();
    await captures.stop();
    const write = (name: string, text: string): void => writeFileSync(join(options.directory, name), text);
    write("truth.jsonl", truth.map((line) => `${JSON.stringify(line)}\n`).join(""));
    write("cluster.json", `${JSON.stringify(lab.listCluster())}\n`);
    write("lab.json", `${JSON.stringify(await describe(lab, options), null, 1)}\n`);
    if (isCompact) compactEvents(lab.eventsFile);
    console.error(`lab: ${truth.length} connections and lookups recorded in ${options.directory}`);
  } finally {
    await lab.stop();
  }
}

const USAGE = `Usage: node dist/test/lab/record.js --out FOLDER [options]     as root
  --network bridge|ptp        how pods are joined to their node (bridge)
  --overlay host-gw|vxlan     how nodes are joined (host-gw)
  --seed N                    another seed gives another cluster of the same kind (1)
  --seconds N                 of traffic, 10 to 300 (12)
  --profile demo|matrix       the shop's daily life, or all that a node can see (matrix)
  --timestamps all|nodes      who sends TCP timestamps (all)
  --compact                   events without what wirespan does not read
Exit codes: 0 recorded; 1 not; 2 a wrong argument.`;

const values = optionsOf(USAGE, {
  out: { type: "string" },
  network: { type: "string", default: "bridge" },
  overlay: { type: "string", default: "host-gw" },
  seed: { type: "string", default: "1" },
  seconds: { type: "string", default: "12" },
  profile: { type: "string", default: "matrix" },
  timestamps: { type: "string", default: "all" },
  compact: { type: "boolean", default: false },
});

const { out, network, overlay, profile, timestamps } = values;
const [seed, seconds] = [Number(values.seed), Number(values.seconds)];
const isKnown =
  (network === "bridge" || network === "ptp") &&
  (overlay === "host-gw" || overlay === "vxlan") &&
  (profile === "demo" || profile === "matrix") &&
  (timestamps === "all" || timestamps === "nodes");
if (out === undefined || !isKnown || !Number.isInteger(seed) || !(seconds >= 10 && seconds <= 300)) {
  console.error(`${out === undefined ? "--out is missing" : "a value is none of those that there are"}\n\n${USAGE}`);
  process.exitCode = 2;
} else {
  try {
    await record({ network, overlay, profile, timestamps, seed, seconds, directory: out }, values.compact);
  } catch (error) {
    console.error(`record: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
