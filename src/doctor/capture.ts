// EDGE: timers
import { setTimeout as wait } from "node:timers/promises";
import { CaptureError } from "../model/errors.ts";
import { startSensorProcess } from "../sensor/sensor-process.ts";
import type { SensorFigures } from "../telemetry/stats.ts";
import { type Finding, failed, ok, warning } from "./finding.ts";

export interface CaptureCheckOptions {
  readonly device: string;
  readonly dnsPorts: readonly number[];
  /** How long is listened at most; it ends once both DNS and a connection were seen. */
  readonly seconds: number;
}

const POLL_MILLIS = 100;

/** Captures as the agent does, in a process of its own: libpcap, NET_RAW, the device, and what comes by. */
export async function checkCapture({ device, dnsPorts, seconds }: CaptureCheckOptions): Promise<Finding[]> {
  let connections = 0;
  let lookups = 0;
  let figures: SensorFigures | null = null;
  try {
    const sensor = await startSensorProcess(
      { source: { type: "device", device }, dnsPorts },
      {
        facts: {
          connection: () => void connections++,
          lookup: () => void lookups++,
          time: () => {},
          counters(counters) {
            figures = counters as SensorFigures;
          },
        },
        event: () => {},
      },
    );
    const until = performance.now() + seconds * 1_000;
    while (performance.now() < until && (connections === 0 || lookups === 0)) await wait(POLL_MILLIS);
    await sensor.stop();
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    return [failed("capture", error.message)];
  }
  const dropped = (figures as SensorFigures | null)?.source?.kernel?.dropped ?? 0;
  return [
    dropped === 0
      ? ok("capture", `libpcap captures on ${device}`)
      : warning(
          "capture",
          `libpcap captures on ${device}, but the kernel dropped ${dropped} packets; give more CPU time`,
        ),
    lookups > 0
      ? ok("DNS", "answers are seen")
      : warning(
          "DNS",
          `no lookup was seen in ${seconds} s; make one, or listen longer with --seconds; where DNS has another port give --dns-port; DNS over TLS or HTTPS cannot be seen`,
        ),
    connections > 0
      ? ok("connections", "TCP handshakes are seen")
      : warning("connections", `no TCP handshake was seen in ${seconds} s; make one, or listen longer with --seconds`),
  ];
}
