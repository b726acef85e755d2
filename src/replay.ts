// EDGE: opens capture files.
/** Replay: a recording of one node through sensor and pipeline in this process, by packet time, as fast as it can be read. */
import { openCaptureFile } from "./capture/capture-file.ts";
import { mergedSource } from "./capture/merged-source.ts";
import { emptyPacket, type PacketSource } from "./capture/packet-source.ts";
import { FactReader } from "./facts/fact-reader.ts";
import { CaptureError } from "./model/errors.ts";
import type { Interaction } from "./model/interaction.ts";
import type { Packet } from "./model/packet.ts";
import { Pipeline, type PipelineOptions } from "./pipeline.ts";
import type { ClusterFeed } from "./resolve/cluster-feed.ts";
import { Sensor } from "./sensor.ts";

/** Packets between two pauses, in which others get their turn: a progress bar, an exporter. */
const PAUSE_PACKETS = 20_000;

/**
 * Packets for one call of the hot loop. Of a loop that is entered again and again the compiler makes one version; of one
 * that runs long another besides, to be entered in its middle, and with all that the loop calls.
 */
const LOOP_PACKETS = 250;

export interface Recording {
  /** Captures of one node; several are one recording, in order of time. */
  readonly files: readonly string[];
  readonly options: PipelineOptions;
}

export interface ReplayResult {
  /** Why reading stopped before the end, or what is missing; null when all was read. What was read is told all the same. */
  readonly problem: string | null;
  readonly sensor: ReturnType<Sensor["counters"]>;
  readonly resolve: ReturnType<Pipeline["resolveCounters"]>;
}

export interface ReplayProgress {
  readonly packets: number;
  readonly bytesRead: number;
  readonly totalBytes: number | null;
  /** How far packet time has come; no interaction that is told later began much earlier. */
  readonly nowMicros: number;
}

/**
 * Replays one recording. `pause` is called now and then, and may take its time.
 * Throws CaptureError when a file cannot be opened, or nothing at all could be read of it.
 */
export async function replay(
  recording: Recording,
  sink: (interaction: Interaction) => void,
  pause: (progress: ReplayProgress) => Promise<void> | void = () => {},
): Promise<ReplayResult> {
  const source = mergedSource(recording.files.map(openCaptureFile));
  const pipeline = new Pipeline(recording.options, sink);
  const reader = new FactReader(pipeline);
  const sensor = new Sensor({ dnsPorts: recording.options.dnsPorts, passOn: "full" }, (batch) => reader.read(batch));
  try {
    const problem = await readAll(source, sensor, () => pause({ ...source.counters, nowMicros: pipeline.nowMicros }));
    sensor.finish();
    pipeline.finish();
    await pause({ ...source.counters, nowMicros: Number.POSITIVE_INFINITY });
    const { feed } = recording.options;
    return {
      problem: problem ?? whatIsMissing(recording.files, source, sensor) ?? whatCameLate(sensor.startMicros, feed),
      sensor: sensor.counters(),
      resolve: pipeline.resolveCounters(),
    };
  } finally {
    source.close();
  }
}

async function readAll(
  source: PacketSource,
  sensor: Sensor,
  pause: () => Promise<void> | void,
): Promise<string | null> {
  const packet = emptyPacket();
  try {
    while (readUntilPause(source, sensor, packet)) await pause();
    return null;
  } catch (error) {
    if (!(error instanceof CaptureError) || source.counters.packets === 0) throw error;
    return error.message;
  }
}

/** False when all is read. */
function readUntilPause(source: PacketSource, sensor: Sensor, packet: Packet): boolean {
  for (let i = 0; i < PAUSE_PACKETS; i += LOOP_PACKETS) if (!readSome(source, sensor, packet)) return false;
  return true;
}

/** The hot loop, and nothing else: the compiler takes all that it calls into it. */
function readSome(source: PacketSource, sensor: Sensor, packet: Packet): boolean {
  for (let i = 0; i < LOOP_PACKETS; i++) {
    if (!source.next(packet)) return false;
    sensor.packet(packet);
  }
  return true;
}

/** A log of events that begins after the capture knows of nothing before: names would be wrong without a word. */
function whatCameLate(startMicros: number, feed: ClusterFeed): string | null {
  const listedMicros = feed.toldLate(startMicros);
  if (listedMicros === null) return null;
  const seconds = (listedMicros - startMicros) / 1e6;
  return `the events log lists the cluster ${seconds.toFixed(1)} s after the first packet, so names before that are missing or wrong; start the log before the capture, or leave it out`;
}

function whatIsMissing(files: readonly string[], source: PacketSource, sensor: Sensor): string | null {
  const name = files.join(", ");
  if (source.counters.isCut) {
    return `${name} ends in the middle of a packet; what stands before is told, capture again for the rest`;
  }
  const { packets, decode } = sensor.counters();
  if (packets > 0 && decode.ignored.link_type === packets) {
    return `${name} has a link type that wirespan does not read; capture with tcpdump -i any, or on an Ethernet device`;
  }
  return null;
}
