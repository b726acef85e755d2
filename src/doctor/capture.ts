// EDGE: timers
import { setTimeout as wait } from "node:timers/promises";
import { CaptureError } from "../model/errors.ts";
import { startSensorProcess } from "../sensor/sensor-process.ts";
import { readSensorFigures } from "../telemetry/sensor-figures.ts";
import type { SensorFigures } from "../telemetry/stats.ts";
import { type Finding, failed, ok, warning } from "./finding.ts";

interface CaptureCheckOptions {
  readonly device: string;
  readonly dnsPorts: readonly number[];
  /** Time limit; the check ends earlier once it has observed a lookup and a connection. */
  readonly seconds: number;
}

/** What a test capture observed. */
export interface CaptureSample extends Pick<CaptureCheckOptions, "device" | "seconds"> {
  readonly connections: number;
  readonly lookups: number;
  /** Packets dropped by the kernel. */
  readonly dropped: number;
}

const POLL_MILLIS = 100;

/** Captures in a sensor process as the agent does: checks libpcap, CAP_NET_RAW, the device, and the observed traffic. */
export async function checkCapture(options: CaptureCheckOptions): Promise<Finding[]> {
  try {
    return captureFindings(await capture(options));
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    return [failed("capture", error.message)];
  }
}

async function capture({ device, dnsPorts, seconds }: CaptureCheckOptions): Promise<CaptureSample> {
  let connections = 0;
  let lookups = 0;
  let figures: SensorFigures | null = null;
  const sensor = await startSensorProcess(
    { source: { type: "device", device }, dnsPorts },
    {
      facts: {
        connection: () => void connections++,
        lookup: () => void lookups++,
        time: () => {},
        counters(counters) {
          figures = readSensorFigures(counters);
        },
      },
      event: () => {},
    },
  );
  const endMillis = performance.now() + seconds * 1_000;
  while (performance.now() < endMillis && (connections === 0 || lookups === 0)) await wait(POLL_MILLIS);
  await sensor.stop();
  const dropped = (figures as SensorFigures | null)?.source?.kernel?.dropped ?? 0;
  return { device, seconds, connections, lookups, dropped };
}

export function captureFindings({ device, seconds, connections, lookups, dropped }: CaptureSample): Finding[] {
  return [
    dropped === 0
      ? ok("capture", `libpcap captures on ${device}`)
      : warning(
          "capture",
          `libpcap captures on ${device}, but the kernel dropped ${dropped} packets; give the agent more CPU time`,
        ),
    lookups > 0
      ? ok("DNS", "DNS answers are observed")
      : warning(
          "DNS",
          `no lookup was observed in ${seconds} s; make one, or wait longer with --seconds; pass --dns-port for another DNS port; DNS over TLS or HTTPS cannot be observed`,
        ),
    connections > 0
      ? ok("connections", "TCP handshakes are observed")
      : warning(
          "connections",
          `no TCP handshake was observed in ${seconds} s; connect to a server, or wait longer with --seconds`,
        ),
  ];
}
