// Captures on a device until its standard input ends, and writes events to standard output, one JSON line each.
// Arguments: device; milliseconds that the handler takes for a packet; number of packets after which it drains the capture;
// milliseconds for that.
import { captureFilter } from "../../../../src/capture/live/capture-filter.ts";
import { startLiveCapture } from "../../../../src/capture/live/live-source.ts";

const [device = "any", ...numbers] = process.argv.slice(2);
const [slowMillis = 0, lastPacket = Number.POSITIVE_INFINITY, drainMillis = 0] = numbers.map(Number);
const report = (event: object): boolean => process.stdout.write(`${JSON.stringify(event)}\n`);
const cpuMillis = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
let packets = 0;
let reported = 0;
let reads = 0;

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
        if (++reads % 50 === 0) report({ reads, cpuMillis: cpuMillis() });
        if (packets !== reported) report({ packets });
        reported = packets;
      },
      failed: (error) => {
        report({ failed: error.message });
        process.stdin.destroy();
      },
    },
  );
  const end = (): void => {
    capture.stop();
    capture.stop();
    report({ packets, kernel: capture.counters() });
    process.stdin.destroy();
  };
  report({ linkType: capture.linkType });
  process.stdin.resume().once("close", end);
} catch (error) {
  report({ refused: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
}
