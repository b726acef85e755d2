// Captures on a device until its input ends; says on standard output what happens, a JSON line each.
// Arguments: the device; how many milliseconds the handler takes for a packet; after how many packets it asks for the
// end itself, and for how long the rest may take.
import { captureFilter } from "../../../src/capture/capture-filter.ts";
import { startLiveCapture } from "../../../src/capture/live-source.ts";

const [device = "any", ...numbers] = process.argv.slice(2);
const [slowMillis = 0, lastPacket = Number.POSITIVE_INFINITY, drainMillis = 0] = numbers.map(Number);
const say = (event: object): boolean => process.stdout.write(`${JSON.stringify(event)}\n`);
const cpuMillis = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
let packets = 0;
let said = 0;
let looks = 0;

try {
  const capture = startLiveCapture(
    { device, filter: captureFilter({ dnsPorts: [53] }) },
    {
      packet: () => {
        packets++;
        for (const end = performance.now() + slowMillis; performance.now() < end; );
        if (packets === lastPacket) capture.drain(drainMillis, end);
      },
      drained: () => {
        if (++looks % 50 === 0) say({ looks, cpuMillis: cpuMillis() });
        if (packets !== said) say({ packets });
        said = packets;
      },
      failed: (error) => {
        say({ failed: error.message });
        process.stdin.destroy();
      },
    },
  );
  const end = (): void => {
    capture.stop();
    capture.stop();
    say({ packets, kernel: capture.counters() });
    process.stdin.destroy();
  };
  say({ linkType: capture.linkType });
  process.stdin.resume().once("close", end);
} catch (error) {
  say({ refused: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
}
