// EDGE: opens capture files.
/** Replay: a recording of one node through sensor and pipeline in this process, by packet time, as fast as it can be read. */
import { openCaptureFile } from "../capture/capture-file.ts";
import { laterSource } from "../capture/later-source.ts";
import { mergedSource } from "../capture/merged-source.ts";
import { emptyPacket, type PacketSource } from "../capture/packet-source.ts";
import type { DecodeCounters } from "../decode/network/decode-counters.ts";
import { FactReader } from "../facts/fact-reader.ts";
import type { ClusterFeed } from "../inventory/cluster-feed.ts";
import { CaptureError } from "../model/errors.ts";
import type { Interaction } from "../model/interaction.ts";
import type { Packet } from "../model/packet.ts";
import { Pipeline, type PipelineOptions } from "../pipeline.ts";
import { Sensor } from "../sensor/sensor.ts";

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
  /** Why reading stopped before the end, and what is missing; empty when all was read. What was read is told all the same. */
  readonly problems: readonly string[];
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
 * Replays one recording. `pause` is called now and then, and may take its time; when it says `stop`, the rest is left
 * unread, and what was read is told, as at the end of a file.
 * Throws CaptureError when a file cannot be opened, or nothing at all could be read of it.
 */
export async function replay(
  recording: Recording,
  sink: (interaction: Interaction) => void,
  pause: (progress: ReplayProgress) => unknown = () => {},
): Promise<ReplayResult> {
  const source = openRecording(recording.files);
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
      problems: [
        ...(problem === null ? whatIsMissing(recording.files, source, sensor) : [problem]),
        ...whatCameLate(sensor.startMicros, feed),
      ],
      sensor: sensor.counters(),
      resolve: pipeline.resolveCounters(),
    };
  } finally {
    source.close();
  }
}

/** Throws CaptureError when a file cannot be opened. */
function openRecording(files: readonly string[]): PacketSource {
  const [only] = files;
  if (only !== undefined && files.length === 1) return openCaptureFile(only);
  return mergedSource(files.map((file) => laterSource(() => openCaptureFile(file))));
}

async function readAll(source: PacketSource, sensor: Sensor, pause: () => unknown): Promise<string | null> {
  const packet = emptyPacket();
  try {
    while (readUntilPause(source, sensor, packet)) {
      if ((await pause()) !== "stop") continue;
      return `it was interrupted after ${source.counters.packets} packets; what stands before is told`;
    }
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
function whatCameLate(startMicros: number, feed: ClusterFeed): string[] {
  const listedMicros = feed.firstLateAddition(startMicros);
  if (listedMicros === null) return [];
  const seconds = (listedMicros - startMicros) / 1e6;
  return [
    `the events log lists the cluster ${seconds.toFixed(1)} s after the first packet, so names before that are missing or wrong; start the log before the capture, or leave it out`,
  ];
}

function whatIsMissing(files: readonly string[], source: PacketSource, sensor: Sensor): string[] {
  const name = files.join(", ");
  const { isCut, badTimes } = source.counters;
  const { packets, decode } = sensor.counters();
  const problems: string[] = [];
  if (isCut)
    problems.push(`${name} ends in the middle of a packet; what stands before is told, capture again for the rest`);
  if (badTimes > 0)
    problems.push(
      `${badTimes} packets of ${name} have a time that is no date: they stand at that of the packet before, or are left out where there is none; see what capinfos says of its interfaces`,
    );
  if (packets === 0 && problems.length === 0) return [`${name} holds no packets; capture while connections are made`];
  return [...problems, ...cutByCapture(name, decode), ...unreadLinkTypes(name, packets, decode.ignored.link_type)];
}

/** `tcpdump -s` keeps the beginning of each packet: enough for a handshake, too little for what DNS answers. */
function cutByCapture(name: string, { cutDns, ignored }: DecodeCounters): string[] {
  const fix = "capture whole packets, with tcpdump -s 0";
  if (cutDns > 0) return [`${cutDns} DNS messages of ${name} were cut by the capture, so names are missing; ${fix}`];
  if (ignored.truncated === 0) return [];
  return [`${ignored.truncated} packets of ${name} were cut by the capture inside their headers; ${fix}`];
}

function unreadLinkTypes(name: string, packets: number, unread: number): string[] {
  const fix = "capture with tcpdump -i any, or on an Ethernet device";
  if (unread === 0) return [];
  if (unread === packets) return [`${name} has a link type that wirespan does not read; ${fix}`];
  return [`${unread} of ${packets} packets of ${name} have a link type that wirespan does not read; ${fix}`];
}
