// EDGE: process. Runs the sensor alone on a capture file, without the main process; its facts are discarded. `empty`: the
// binding without a sensor, the least that a packet can cost.
import { openCaptureFile } from "../../src/capture/capture-file.ts";
import { captureFilter } from "../../src/capture/live/capture-filter.ts";
import { readThroughLibpcap } from "../../src/capture/live/live-source.ts";
import { emptyPacket } from "../../src/capture/packet-source.ts";
import { inlineMore } from "../../src/sensor/inlining.ts";
import { Sensor } from "../../src/sensor/sensor.ts";

const [reader, path = ""] = process.argv.slice(2);
const dnsPorts = [53];
const filter = captureFilter({ dnsPorts });
if (reader === "empty") readThroughLibpcap(path, filter, () => {});
else runSensor();

function runSensor(): void {
  inlineMore();
  const sensor = new Sensor({ dnsPorts }, () => {});
  if (reader === "binding") {
    readThroughLibpcap(path, filter, (packet) => sensor.packet(packet));
  } else {
    const source = openCaptureFile(path);
    const packet = emptyPacket();
    while (source.next(packet)) sensor.packet(packet);
    source.close();
  }
  sensor.finish();
  console.log(JSON.stringify(sensor.counters()));
}
