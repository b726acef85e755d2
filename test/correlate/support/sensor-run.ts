import { FactReader } from "../../../src/facts/fact-reader.ts";
import type { Connection } from "../../../src/model/connection.ts";
import type { Lookup } from "../../../src/model/lookup.ts";
import { LinkType } from "../../../src/model/packet.ts";
import { Sensor } from "../../../src/sensor/sensor.ts";
import { packetOf } from "../../support/packet-builder.ts";

/** When a run begins; the day is of no importance, its size is: times keep their microseconds. */
export const BEGIN_MICROS = 1_795_417_363_000_000;

/** From one interface of a node to the next: the median of what was measured. */
const HOP_MICROS = 16;

export const MILLIS = 1_000;
export const SECONDS = 1_000_000;

/** The whole sensor with its fact stream read back; times are microseconds since its beginning. */
export class SensorRun {
  readonly sensor: Sensor;
  /** Connections with their verdict. */
  readonly connections: Connection[] = [];
  /** Connections reported as repeating, at the first retransmission of their SYN. */
  readonly repeating: Connection[] = [];
  readonly lookups: Lookup[] = [];
  /** How far the stream said that time has come. */
  streamMicros = 0;

  constructor(dnsPorts: readonly number[] = [53], isLive = false) {
    const reader = new FactReader({
      connection: (connection) => {
        (connection.outcome === "repeating" ? this.repeating : this.connections).push(connection);
      },
      lookup: (lookup) => this.lookups.push(lookup),
      time: (micros) => {
        this.streamMicros = micros;
      },
      counters: () => {},
    });
    this.sensor = new Sensor({ dnsPorts, isLive }, (batch) => reader.read(batch));
  }

  get counters(): ReturnType<Sensor["counters"]> {
    return this.sensor.counters();
  }

  /** One packet on its way over several interfaces, a frame on each. */
  see(micros: number, ...frames: readonly Uint8Array[]): this {
    for (const [i, frame] of frames.entries()) {
      const timeMicros = BEGIN_MICROS + micros + i * HOP_MICROS;
      this.sensor.packet(packetOf(frame, { timeMicros, linkType: LinkType.linuxSll }));
    }
    this.sensor.flush();
    return this;
  }

  /** Nothing happens until then. */
  wait(micros: number): this {
    this.sensor.tick(BEGIN_MICROS + micros);
    return this;
  }

  /** The capture ends. */
  finish(): this {
    this.sensor.finish();
    return this;
  }

  /** The capture of a device ends. */
  stop(): this {
    this.sensor.stop();
    return this;
  }

  /** Outcomes reported so far, in order. */
  get outcomes(): string[] {
    return this.connections.map(({ outcome }) => outcome);
  }
}
