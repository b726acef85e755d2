import { captureFilter } from "../../src/capture/live/capture-filter.ts";
import { CAPTURED_NODE } from "./generate.ts";

/** A row of the benchmark: a command on the generated capture, and its limits. */
export interface Subject {
  readonly title: string;
  readonly command: readonly string[];
  /** CPU time as a multiple of the first subject's. */
  readonly maxRatio: number | null;
  readonly maxBytes: number | null;
}

const CLI = ["dist/bin/wirespan"];
const MEGABYTE = 1e6;

/** All others are compared with the first one. */
export function subjects(capture: string, cluster: string): Subject[] {
  const knowledge = ["--cluster", cluster, "--node", CAPTURED_NODE];
  const noOutput = ["-o", "/dev/null"];
  const sensorRun = ["node", "dist/scripts/bench/sensor-run.js"];
  const open = { maxRatio: null, maxBytes: null };
  return [
    {
      title: "tcpdump --count, same filter",
      command: ["tcpdump", "--count", "-r", capture, captureFilter({ dnsPorts: [53] })],
      ...open,
    },
    { title: "sensor alone, own file reader", command: [...sensorRun, "file", capture], ...open },
    { title: "sensor alone, through the binding", command: [...sensorRun, "binding", capture], ...open },
    {
      title: "replay to lines (jsonl)",
      command: [...CLI, "replay", capture, ...knowledge, "--format", "jsonl", ...noOutput],
      maxRatio: 8,
      maxBytes: 150 * MEGABYTE,
    },
    {
      title: "replay to edges (json)",
      command: [...CLI, "replay", capture, ...knowledge, "--format", "json", ...noOutput],
      maxRatio: 8,
      maxBytes: 150 * MEGABYTE,
    },
    {
      // The path of a live capture: the process of the sensor reads the file as a device, and sends facts to the main process.
      title: "agent, the file as its device",
      command: [...CLI, "agent", "--file", capture, ...knowledge, "--format", "json", ...noOutput],
      maxRatio: 12,
      maxBytes: null,
    },
  ];
}

/** A replay of all files as one recording: the same traffic several times, with different addresses and names. */
export function repeatedReplay(captures: readonly string[], cluster: string): readonly string[] {
  const output = ["--format", "json", "-o", "/dev/null"];
  return [...CLI, "replay", ...captures, "--cluster", cluster, "--node", CAPTURED_NODE, ...output];
}

/** A replay whose edges are compared with the generated ones. */
export function edgesReplay(capture: string, cluster: string): readonly string[] {
  return [...CLI, "replay", capture, "--cluster", cluster, "--node", CAPTURED_NODE, "--format", "json"];
}
