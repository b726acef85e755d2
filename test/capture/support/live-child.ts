// Captures on a device until its input ends; says on standard output what happens, a JSON line each.
import { captureFilter } from "../../../src/capture/capture-filter.ts";
import { startLiveCapture } from "../../../src/capture/live-source.ts";

const [device = "any"] = process.argv.slice(2);
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
  say({ linkType: capture.linkType });
  process.stdin.resume().once("close", () => {
    capture.stop();
    capture.stop();
    say({ packets, kernel: capture.counters() });
  });
} catch (error) {
  say({ refused: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
}
