// EDGE: process, fs, pcap (through capture)
/**
 * The sensor's own process: capture → sensor → pipe. It parses hostile bytes and therefore holds nothing worth stealing;
 * its memory and its crash are its own. Started by sensor-process.ts with its options as one argument, it writes facts to
 * descriptor 3 from inside the packet callback: a slow reader blocks it, and the kernel counts what is then lost.
 */
import { writeSync } from "node:fs";
import { captureFilter } from "../capture/capture-filter.ts";
import { type LiveCapture, readThroughLibpcap, startLiveCapture } from "../capture/live-source.ts";
import { BUFFER_TIMEOUT_MILLIS } from "../capture/pcap-session.ts";
import { CaptureError } from "../model/errors.ts";
import type { Packet } from "../model/packet.ts";
import { Sensor } from "./sensor.ts";
import { STOP_DESCRIPTOR, StopRequest } from "./stop-request.ts";

/** Where packets come from: a device, or a file read through libpcap at full speed as if it were one. */
export type SensorSource =
  | { readonly type: "device"; readonly device: string }
  | { readonly type: "file"; readonly path: string };

export interface SensorChildOptions {
  readonly source: SensorSource;
  readonly dnsPorts: readonly number[];
}

const FACTS_DESCRIPTOR = 3;

/** On an idle link time is sent this often: it is the heartbeat too. Under load the packets send it. */
const TICK_MILLIS = 100;

/** A frame may wait this long in the ring: time must not run ahead of it. Twice what libpcap was asked for. */
const RING_LAG_MICROS = 2 * BUFFER_TIMEOUT_MILLIS * 1000;

const COUNTERS_MILLIS = 1_000;

/** Under load, whether it is to stop is looked at this often, as far as a packet, or some small ones, let it. */
const LOOK_MILLIS = 20;
const LOOK_MASK = 15;
const LARGE_BYTES = 1_024;

/** How long what was received before the end may take; the agent as a whole has 2 s. */
const DRAIN_MILLIS = 700;

/** Nobody reads the facts any more. */
class ReaderGone extends Error {}

const pause = new Int32Array(new SharedArrayBuffer(4));

function writeFacts(batch: Uint8Array): void {
  for (let done = 0; done < batch.length; ) {
    try {
      done += writeSync(FACTS_DESCRIPTOR, batch, done, batch.length - done);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "EPIPE" || code === "ECONNRESET") throw new ReaderGone();
      if (code !== "EAGAIN") throw error;
      // The descriptor does not block, as its other end may have set: wait here instead.
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}

function captureLive(device: string, filter: string, sensor: Sensor): void {
  let nextTickMillis = 0;
  let nextCountersMillis = 0;
  let nextLookMillis = 0;
  let packets = 0;
  const stopRequest = new StopRequest(STOP_DESCRIPTOR, () => stop());
  const reportCounters = (): void => {
    nextCountersMillis = performance.now() + COUNTERS_MILLIS;
    sensor.reportCounters({
      device,
      linkType: capture.linkType,
      kernel: capture.counters(),
      longestDispatchMillis: capture.longestDispatchMillis(),
    });
  };
  /** While the ring is never empty nothing but the handler runs: no timer, no signal. */
  const look = (millis: number): void => {
    nextLookMillis = millis + LOOK_MILLIS;
    if (millis >= nextCountersMillis) reportCounters();
    if (stopRequest.hasCome()) stop();
  };
  const capture: LiveCapture = startLiveCapture(
    { device, filter },
    {
      packet(packet: Packet) {
        sensor.packet(packet);
        // Large ones may be dear: a few of them take as long as thousands of others.
        if ((++packets & LOOK_MASK) !== 0 && packet.captureLength < LARGE_BYTES) return;
        const millis = performance.now();
        if (millis >= nextLookMillis) look(millis);
      },
      drained() {
        if (performance.now() >= nextCountersMillis) reportCounters();
        const millis = Date.now();
        // The second condition: the clock was set back.
        if (millis < nextTickMillis && nextTickMillis - millis <= TICK_MILLIS) return;
        nextTickMillis = millis + TICK_MILLIS;
        sensor.tick(millis * 1000 - RING_LAG_MICROS);
      },
      failed: fail,
    },
  );
  const stop = (): void =>
    capture.drain(DRAIN_MILLIS, () => {
      reportCounters();
      sensor.finish();
      process.exit(0);
    });
  process.once("SIGTERM", stop);
}

function readFile(path: string, filter: string, sensor: Sensor): void {
  let lastMicros = 0;
  readThroughLibpcap(path, filter, (packet) => {
    lastMicros = packet.timeMicros;
    sensor.packet(packet);
  });
  sensor.finish();
  sensor.reportCounters({ path });
  sensor.tick(lastMicros);
}

/** The last line on standard error is the reason that the parent gives; a `CaptureError` is marked as one. */
function fail(error: unknown): void {
  if (error instanceof ReaderGone) process.exit(0);
  const isCapture = error instanceof CaptureError;
  const text = error instanceof Error ? `${error.stack}\n${error.name}: ${error.message}` : String(error);
  process.stderr.write(isCapture ? `${error.name}: ${error.message}\n` : `${text}\n`);
  process.exit(isCapture ? 1 : 70);
}

function start(options: SensorChildOptions): void {
  const { source, dnsPorts } = options;
  const sensor = new Sensor({ dnsPorts }, writeFacts);
  const filter = captureFilter({ dnsPorts });
  if (source.type === "device") captureLive(source.device, filter, sensor);
  else readFile(source.path, filter, sensor);
}

process.on("uncaughtException", fail);
// An interrupt from the terminal reaches the whole group: the parent decides what comes of it.
process.on("SIGINT", () => {});
start(JSON.parse(process.argv[2] ?? "{}"));
