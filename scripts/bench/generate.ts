// EDGE: fs, process
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { clusterFile } from "./cluster-file.ts";
import { type Edge, NODES, planCluster } from "./cluster-plan.ts";
import { FrameWriter, type Link } from "./frame-writer.ts";
import { seededRandom } from "./random.ts";
import { Traffic } from "./traffic.ts";
import type { PodNetwork } from "./transit.ts";

export interface GenerateOptions {
  readonly directory: string;
  readonly packets: number;
  readonly seed: number;
  /** Moves addresses, names and the time: files of shifts 0, 1, 2 … follow each other and share nothing. */
  readonly shift: number;
  readonly network: PodNetwork;
  readonly link: Link;
  /** Each connection follows a lookup of its own; otherwise connections are added until TCP has as many frames as DNS. */
  readonly searchEach?: boolean;
}

/** Written beside the capture as `totals.json`. */
export interface GeneratedTotals {
  readonly packets: number;
  readonly dnsPackets: number;
  readonly tcpPackets: number;
  readonly edges: number;
  readonly lookups: number;
  readonly connections: Readonly<Record<"established" | "refused" | "timedOut", number>>;
}

/** The node on which the capture is made. */
export const CAPTURED_NODE: string = NODES[0];

const START_MICROS = 1_795_000_000e6;
/** Time between the starts of two shifts; a file of 1,000,000 packets lasts about 200 s. */
const SHIFT_MICROS = 300e6;
const SESSIONS_AT_ONCE = 12;
/** Mean time between two packets, without their copies. */
const MEAN_GAP_MICROS = 400;

/**
 * Makes `capture.pcap`, `cluster.json` and `totals.json` in a folder: a busy node's control packets, a quarter DNS
 * queries, a quarter answers, half SYN, SYN-ACK, FIN and RST, over 2,000 edges, a tenth of them IPv6; with `searchEach`
 * two thirds are DNS.
 */
export function generate(options: GenerateOptions): GeneratedTotals {
  const random = seededRandom(options.seed);
  const plan = planCluster(random, options.shift);
  mkdirSync(options.directory, { recursive: true });
  writeFileSync(join(options.directory, "cluster.json"), clusterFile(plan));
  const path = join(options.directory, "capture.pcap");
  const writer = new FrameWriter(`${path}.part`, options.packets, options.link);
  const { network, searchEach = false } = options;
  const startMicros = START_MICROS + options.shift * SHIFT_MICROS;
  const traffic = new Traffic(plan, random, writer, { network, searchEach, startMicros });

  let started = 0;
  const nextSession = () => {
    // Every edge once, then the first ones more often than the last ones.
    const index = started < plan.edges.length ? started : Math.floor(plan.edges.length * random.fraction() ** 2);
    started++;
    return traffic.session(plan.edges[index] as Edge);
  };
  const sessions = Array.from({ length: SESSIONS_AT_ONCE }, nextSession);
  while (!writer.isFull) {
    traffic.timeMicros += 60 + random.below(2 * (MEAN_GAP_MICROS - 60));
    traffic.retransmit();
    const slot = random.below(SESSIONS_AT_ONCE);
    if (sessions[slot]?.next().done) sessions[slot] = nextSession();
  }
  writer.close();

  const { connections, lookups, edges } = traffic.totals;
  const frames = { dnsPackets: writer.dnsFrames, tcpPackets: writer.tcpFrames };
  const totals = { packets: options.packets, ...frames, edges: edges.size, lookups, connections };
  writeFileSync(join(options.directory, "totals.json"), JSON.stringify(totals));
  renameSync(`${path}.part`, path);
  return totals;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { values } = parseArgs({
    options: {
      out: { type: "string" },
      packets: { type: "string", default: "1000000" },
      seed: { type: "string", default: "1" },
      shift: { type: "string", default: "0" },
      network: { type: "string", default: "ptp" },
      link: { type: "string", default: "linux-sll" },
      "search-each": { type: "boolean", default: false },
    },
  });
  if (values.out === undefined) {
    console.error(
      "usage: generate.js --out DIR [--packets N] [--seed N] [--shift N] [--network ptp|bridge|flat] [--link linux-sll|ethernet] [--search-each]",
    );
    process.exit(2);
  }
  const totals = generate({
    directory: values.out,
    packets: Number(values.packets),
    seed: Number(values.seed),
    shift: Number(values.shift),
    network: values.network as PodNetwork,
    link: values.link as Link,
    searchEach: values["search-each"],
  });
  console.log(JSON.stringify(totals));
}
