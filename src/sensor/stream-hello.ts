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

/** Why the stream cannot be used by an agent that expects `streamVersion` and `dnsPorts`; null: it can. */
export function refusalOf(
  hello: unknown,
  sensorStreamVersion: number,
  expected: { readonly streamVersion: number; readonly dnsPorts: readonly number[] },
): string | null {
  const { wirespan = "unknown", isBusy, dnsPorts } = (hello ?? {}) as Partial<StreamHello>;
  if (sensorStreamVersion !== expected.streamVersion) {
    return `the sensor is wirespan ${wirespan} with stream version ${sensorStreamVersion}, this agent is wirespan ${VERSION} with stream version ${expected.streamVersion}; run both from the same image`;
  }
  if (isBusy === true) return "the sensor serves another agent; give each agent a sensor of its own";
  if (!Array.isArray(dnsPorts)) return "the sensor's first record has no DNS ports; run both from the same image";
  const isSame = [...dnsPorts].sort().join() === [...expected.dnsPorts].sort().join();
  if (isSame) return null;
  return `the sensor decodes DNS on port ${dnsPorts.join(", ")}, this agent expects port ${expected.dnsPorts.join(", ")}; give both the same --dns-port`;
}
