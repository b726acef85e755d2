import { VERSION } from "../version.ts";

/** The first record of the fact stream between `wirespan sensor` and `wirespan agent`. */
export interface StreamHello {
  /** wirespan's version at the sensor's end. */
  readonly wirespan: string;
  /** Differs between two starts of the sensor: its counters begin at zero. */
  readonly sensor: string;
  readonly device: string;
  readonly dnsPorts: readonly number[];
  /** The sensor serves another agent; nothing follows. */
  readonly isBusy: boolean;
}

const MAX_ID_LENGTH = 64;
const MAX_PORTS = 64;
const WIRESPAN_VERSION = /^[\w.+-]{1,64}$/;

/** The fields of a first record, whatever JSON it has; `wirespan` is `unknown` if it is no version, others are null. */
interface HelloFields {
  readonly wirespan: string;
  readonly isBusy: boolean;
  readonly sensor: string | null;
  readonly dnsPorts: readonly number[] | null;
}

function readHello(hello: unknown): HelloFields {
  const { wirespan, sensor, dnsPorts, isBusy } = (hello ?? {}) as Readonly<Record<string, unknown>>;
  const isList = Array.isArray(dnsPorts) && dnsPorts.length <= MAX_PORTS && dnsPorts.every(Number.isInteger);
  return {
    wirespan: typeof wirespan === "string" && WIRESPAN_VERSION.test(wirespan) ? wirespan : "unknown",
    isBusy: isBusy === true,
    sensor: typeof sensor === "string" && sensor.length <= MAX_ID_LENGTH ? sensor : null,
    dnsPorts: isList ? dnsPorts : null,
  };
}

/** Why the stream cannot be used by an agent that expects `streamVersion` and `dnsPorts`; null: it can. */
export function refusalOf(
  hello: unknown,
  sensorStreamVersion: number,
  expected: { readonly streamVersion: number; readonly dnsPorts: readonly number[] },
): string | null {
  const { wirespan, isBusy, sensor, dnsPorts } = readHello(hello);
  if (sensorStreamVersion !== expected.streamVersion) {
    return `the sensor is wirespan ${wirespan} with stream version ${sensorStreamVersion}, this agent is wirespan ${VERSION} with stream version ${expected.streamVersion}; run both from the same image`;
  }
  if (isBusy) return "the sensor serves another agent; start a sensor for each agent";
  if (dnsPorts === null) return "the sensor's first record has no DNS ports; run both from the same image";
  if (sensor === null) return "the sensor's first record has no name of its run; run both from the same image";
  const isSame = [...dnsPorts].sort().join() === [...expected.dnsPorts].sort().join();
  if (isSame) return null;
  return `the sensor decodes DNS on port ${dnsPorts.join(", ")}, this agent expects port ${expected.dnsPorts.join(", ")}; pass the same --dns-port to both`;
}
