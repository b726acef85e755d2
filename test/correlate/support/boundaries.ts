import { FactReader } from "../../../src/facts/fact-reader.ts";
import type { Packet } from "../../../src/model/packet.ts";
import { Sensor } from "../../../src/sensor/sensor.ts";

/**
 * What the sensor does after each packet: nothing, so that it decides alone when packets are correlated and waits end; it
 * correlates the packet; or it also ends what has waited long enough.
 */
export type AfterPacket = "nothing" | "flush" | "tick";

interface Result {
  /** In an order of their own: of facts that are decided at the same time, any may be the first. */
  readonly facts: readonly string[];
  readonly counters: ReturnType<Sensor["counters"]>;
}

/** All facts of these packets. */
export function factsOf(packets: Iterable<Packet>, afterPacket: AfterPacket): Result {
  const facts: string[] = [];
  const reader = new FactReader({
    connection: (connection) => facts.push(JSON.stringify(connection)),
    lookup: (lookup) => facts.push(JSON.stringify(lookup)),
    time: () => {},
    counters: () => {},
  });
  const sensor = new Sensor({ dnsPorts: [53] }, (batch) => reader.read(batch));
  for (const packet of packets) {
    const { timeMicros } = packet;
    sensor.packet(packet);
    if (afterPacket === "flush") sensor.flush();
    else if (afterPacket === "tick") sensor.tick(timeMicros);
  }
  sensor.finish();
  return { facts: facts.sort(), counters: sensor.counters() };
}
