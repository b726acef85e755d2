// EDGE: opens capture files.
/** Replay of one recording: sensor and pipeline in this process, by packet time, as fast as the files can be read. */
import { openCaptureFile } from "../capture/capture-file.ts";
import { lazySource } from "../capture/lazy-source.ts";
import { mergedSource } from "../capture/merged-source.ts";
import { emptyPacket, type PacketSource } from "../capture/packet-source.ts";
import { FactReader } from "../facts/fact-reader.ts";
import { CaptureError } from "../model/errors.ts";
import type { Packet } from "../model/packet.ts";
import type { Observation } from "../model/service-graph.ts";
import type { NodeOptions, NodePipeline, Pipeline } from "../pipeline.ts";
import { Sensor } from "../sensor/sensor.ts";
import { recordingObservation } from "./recording-observation.ts";
import { describeLateListing, describeMissingPackets } from "./recording-problems.ts";

/**
 * Sensor and pipeline take turns on one core, and each displaces the other from its caches: with eight times the shortest
 * batch, one CPU second becomes 0.85, and with 64 times 0.80.
 */
const BATCH_BYTES = 1 << 20;
/** Packets between two calls of `pause`. */
const PAUSE_PACKETS = 20_000;

/**
 * Packets per call of the hot loop. V8 compiles a function that is called often once; a loop that runs long is compiled
 * a second time, with everything that it calls, to be entered in its middle (on-stack replacement).
 */
const LOOP_PACKETS = 250;

export interface Recording {
  /** Captures of one node; several are merged in order of time. */
  readonly files: readonly string[];
  readonly options: NodeOptions;
}

export interface ReplayResult {
  /** What is missing and why, a sentence each; empty when everything was read. */
  readonly problems: readonly string[];
  /** Null without packets. */
  readonly observation: Observation | null;
  readonly sensor: ReturnType<Sensor["counters"]>;
  readonly resolve: ReturnType<NodePipeline["resolveCounters"]>;
}

interface ReplayProgress {
  readonly packets: number;
  readonly bytesRead: number;
  readonly totalBytes: number | null;
  /** Packet time: interactions that follow began at most some minutes before it. */
  readonly nowMicros: number;
}

/**
 * Replays one recording. `pause` is called every 20,000 packets and is awaited; when it returns `stop`, the rest stays
 * unread, and the replay ends as at the end of the file.
 * Throws CaptureError when a file cannot be opened, or when no packet could be read.
 */
export async function replay(
  recording: Recording,
  pipeline: Pipeline,
  pause: (progress: ReplayProgress) => unknown = () => {},
): Promise<ReplayResult> {
  const { feed, dnsPorts } = recording.options;
  const source = openRecording(recording.files);
  const node = pipeline.node(recording.options);
  const reader = new FactReader(node);
  const sensor = new Sensor({ dnsPorts, batchBytes: BATCH_BYTES }, (batch) => reader.read(batch));
  try {
    const problem = await readAll(source, sensor, () => pause({ ...source.counters, nowMicros: node.nowMicros }));
    sensor.finish();
    node.finish();
    await pause({ ...source.counters, nowMicros: Number.POSITIVE_INFINITY });
    const { startMicros } = sensor;
    const missing = problem === null ? describeMissingPackets(recording.files, source, sensor.counters()) : [problem];
    return {
      problems: [...missing, ...describeLateListing(startMicros, feed.firstLateAddition(startMicros))],
      observation: recordingObservation(recording.options.node, startMicros, node.nowMicros),
      sensor: sensor.counters(),
      resolve: node.resolveCounters(),
    };
  } finally {
    source.close();
  }
}

/** Throws CaptureError when a file cannot be opened. */
function openRecording(files: readonly string[]): PacketSource {
  const [only] = files;
  if (only !== undefined && files.length === 1) return openCaptureFile(only);
  return mergedSource(files.map((file) => lazySource(() => openCaptureFile(file))));
}

/** Resolves with why reading stopped before the end; null: everything was read. */
async function readAll(source: PacketSource, sensor: Sensor, pause: () => unknown): Promise<string | null> {
  const packet = emptyPacket();
  try {
    while (readUntilPause(source, sensor, packet)) {
      if ((await pause()) !== "stop") continue;
      return `interrupted after ${source.counters.packets} packets; the result covers these`;
    }
    return null;
  } catch (error) {
    if (!(error instanceof CaptureError) || source.counters.packets === 0) throw error;
    return error.message;
  }
}

/** False at the end. */
function readUntilPause(source: PacketSource, sensor: Sensor, packet: Packet): boolean {
  for (let i = 0; i < PAUSE_PACKETS; i += LOOP_PACKETS) if (!readSome(source, sensor, packet)) return false;
  return true;
}

/** The hot loop and nothing else, so that the compiler inlines what it calls. */
function readSome(source: PacketSource, sensor: Sensor, packet: Packet): boolean {
  for (let i = 0; i < LOOP_PACKETS; i++) {
    if (!source.next(packet)) return false;
    sensor.packet(packet);
  }
  return true;
}
