import { captureFilter } from "../../src/capture/capture-filter.ts";
import { CAPTURED_NODE } from "./generate.ts";

/** One row of the benchmark: a command on the generated capture, and what it may cost. */
export interface Subject {
  readonly title: string;
  readonly command: readonly string[];
  /** CPU time as a multiple of the first subject's. */
  readonly maxRatio: number | null;
  readonly maxBytes: number | null;
}

const CLI = ["dist/bin/wirespan"];
const MEGABYTE = 1e6;

/** The first is what all others are compared with. */
export function subjects(capture: string, cluster: string): Subject[] {
  const knowledge = ["--cluster", cluster, "--node", CAPTURED_NODE];
  const nothing = ["-o", "/dev/null"];
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
      command: [...CLI, "replay", capture, ...knowledge, "--format", "jsonl", ...nothing],
      maxRatio: 8,
      maxBytes: 150 * MEGABYTE,
    },
    {
      title: "replay to edges (json)",
      command: [...CLI, "replay", capture, ...knowledge, "--format", "json", ...nothing],
      maxRatio: 8,
      maxBytes: 150 * MEGABYTE,
    },
    {
      // The live path: the sensor's process reads the file as a device, the stream crosses to the main process.
      title: "agent, the file as its device",
      command: [...CLI, "agent", "--file", capture, ...knowledge, "--format", "json", ...nothing],
      maxRatio: 12,
      maxBytes: null,
    },
  ];
}

/** Replays of all files as one recording: ten times the same traffic, with ever-new addresses and names. */
export function repeatedReplay(captures: readonly string[], cluster: string): readonly string[] {
  const output = ["--format", "json", "-o", "/dev/null"];
  return [...CLI, "replay", ...captures, "--cluster", cluster, "--node", CAPTURED_NODE, ...output];
}

/** A replay whose edges are read and compared with what was generated. */
export function edgesReplay(capture: string, cluster: string): readonly string[] {
  return [...CLI, "replay", capture, "--cluster", cluster, "--node", CAPTURED_NODE, "--format", "json"];
}
