import { captureFilter } from "../../src/capture/live/capture-filter.ts";
import { CAPTURED_NODE } from "./generate.ts";
import type { PodNetwork } from "./transit.ts";

/** Limits of CPU time, as a multiple of tcpdump's. */
interface Limits {
  readonly replay: number;
  readonly agent: number;
}

/** A kind of traffic that the benchmark measures. */
export interface Traffic {
  readonly title: string;
  readonly network: PodNetwork;
  /** Each connection follows a search of its name. */
  readonly searchEach: boolean;
  readonly hasCluster: boolean;
  readonly limits: Limits;
}

export const TRAFFIC: Readonly<Record<string, Traffic>> = {
  ptp: {
    title: "two copies of each packet",
    network: "ptp",
    searchEach: false,
    hasCluster: true,
    limits: { replay: 7, agent: 9 },
  },
  flat: {
    title: "one copy of each packet",
    network: "flat",
    searchEach: false,
    hasCluster: true,
    limits: { replay: 9, agent: 12 },
  },
  mix: {
    title: "a search path before each connection, without a cluster",
    network: "flat",
    searchEach: true,
    hasCluster: false,
    limits: { replay: 12, agent: 15 },
  },
};

/** A row of the benchmark: a command on the generated capture. */
export interface Subject {
  readonly title: string;
  readonly command: readonly string[];
  /** CPU time as a multiple of the first subject's. */
  readonly maxRatio: number | null;
}

/** A generated capture with its cluster file. */
export interface Generated {
  readonly capture: string;
  readonly cluster: string;
}

const CLI = ["dist/bin/wirespan"];

/** All others are compared with the first one. */
export function subjects(generated: Generated, { hasCluster, limits }: Traffic): Subject[] {
  const { capture } = generated;
  const sensorRun = ["node", "dist/scripts/bench/sensor-run.js"];
  const replay = (format: string) => [...CLI, "replay", capture, ...knowledge(generated, hasCluster), ...to(format)];
  return [
    { title: "tcpdump --count, same filter", command: tcpdump(capture), maxRatio: null },
    { title: "libpcap and the binding, empty handler", command: [...sensorRun, "empty", capture], maxRatio: null },
    { title: "sensor alone, own file reader", command: [...sensorRun, "file", capture], maxRatio: null },
    { title: "sensor alone, through the binding", command: [...sensorRun, "binding", capture], maxRatio: null },
    { title: "replay to lines (jsonl)", command: replay("jsonl"), maxRatio: limits.replay },
    { title: "replay to edges (json)", command: replay("json"), maxRatio: limits.replay },
    // The path of a live capture: the process of the sensor reads the file as a device, and sends facts to the main process.
    { title: "agent, the file as its device", command: agent(generated, hasCluster), maxRatio: limits.agent },
  ];
}

export function tcpdump(capture: string): readonly string[] {
  return ["tcpdump", "--count", "-r", capture, captureFilter({ dnsPorts: [53] })];
}

export function agent(generated: Generated, hasCluster: boolean): readonly string[] {
  return [...CLI, "agent", "--file", generated.capture, ...knowledge(generated, hasCluster), ...to("json")];
}

/** A replay of all files as one recording: the same traffic several times, with different addresses and names. */
export function repeatedReplay(captures: readonly string[], cluster: string): readonly string[] {
  const output = ["--format", "json", "-o", "/dev/null"];
  return [...CLI, "replay", ...captures, "--cluster", cluster, "--node", CAPTURED_NODE, ...output];
}

/** A replay whose edges are compared with the generated ones. */
export function edgesReplay({ capture, cluster }: Generated): readonly string[] {
  return [...CLI, "replay", capture, "--cluster", cluster, "--node", CAPTURED_NODE, "--format", "json"];
}

function knowledge({ cluster }: Generated, hasCluster: boolean): readonly string[] {
  return hasCluster ? ["--cluster", cluster, "--node", CAPTURED_NODE] : [];
}

function to(format: string): readonly string[] {
  return ["--format", format, "-o", "/dev/null"];
}
