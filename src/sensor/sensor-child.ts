// EDGE: process, fs, pcap (through capture)
/**
 * Main module of the sensor's process, which parses untrusted packets and therefore has no credentials and its own
 * memory. sensor-process.ts starts it with its options as one argument. It writes facts to descriptor 3 from inside the
 * packet callback: a slow reader blocks it, and the kernel counts the packets that are then lost.
 */
import { captureFilter } from "../capture/live/capture-filter.ts";
import { readThroughLibpcap } from "../capture/live/live-source.ts";
import { CaptureError } from "../model/errors.ts";
import { FACTS_DESCRIPTOR, ReaderGone, writeFacts } from "./fact-descriptor.ts";
import { inlineMore } from "./inlining.ts";
import { LiveSensor } from "./live-sensor.ts";
import { Sensor } from "./sensor.ts";
import { STOP_DESCRIPTOR, StopRequest } from "./stop-request.ts";

/** Source of packets: a device, or a file that libpcap reads at full speed in place of one. */
export type SensorSource =
  | { readonly type: "device"; readonly device: string }
  | { readonly type: "file"; readonly path: string };

export interface SensorChildOptions {
  readonly source: SensorSource;
  readonly dnsPorts: readonly number[];
}

const write = (batch: Uint8Array): void => writeFacts(FACTS_DESCRIPTOR, batch);

function captureLive(device: string, dnsPorts: readonly number[]): void {
  const stopRequest = new StopRequest(STOP_DESCRIPTOR, () => live.stop());
  const live: LiveSensor = new LiveSensor(
    { device, dnsPorts },
    {
      write,
      isStopRequested: () => stopRequest.hasCome(),
      stopped() {
        live.finish();
        process.exit(0);
      },
      failed: fail,
    },
  );
  live.run();
  process.once("SIGTERM", () => live.stop());
}

function readFile(path: string, dnsPorts: readonly number[]): void {
  const sensor = new Sensor({ dnsPorts }, write);
  let lastMicros = 0;
  try {
    readThroughLibpcap(path, captureFilter({ dnsPorts }), (packet) => {
      lastMicros = packet.timeMicros;
      sensor.packet(packet);
    });
  } catch (error) {
    // What was read before the fault is passed on.
    sensor.flush();
    throw error;
  }
  sensor.finish();
  sensor.reportCounters({ path });
  sensor.tick(lastMicros);
  sensor.flush();
}

/** The parent reports the last line of standard error as the reason; a `CaptureError` is marked as one. */
function fail(error: unknown): void {
  if (error instanceof ReaderGone) process.exit(0);
  const isCapture = error instanceof CaptureError;
  const text = error instanceof Error ? `${error.stack}\n${error.name}: ${error.message}` : String(error);
  process.stderr.write(isCapture ? `${error.name}: ${error.message}\n` : `${text}\n`);
  process.exit(isCapture ? 1 : 70);
}

function start({ source, dnsPorts }: SensorChildOptions): void {
  if (source.type === "device") captureLive(source.device, dnsPorts);
  else readFile(source.path, dnsPorts);
}

inlineMore();
process.on("uncaughtException", fail);
// An interrupt from the terminal reaches the whole process group: only the parent handles it.
process.on("SIGINT", () => {});
start(JSON.parse(process.argv[2] ?? "{}"));
