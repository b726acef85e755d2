// Runs a sensor process as the agent does, until its input ends; says what happens on standard output, a JSON line each.
// Argument: the options of `startSensorProcess`, or those of `connectToSensor`.
import { connectToSensor } from "../../src/sensor/sensor-connection.ts";
import { startSensorProcess } from "../../src/sensor/sensor-process.ts";
import type { SensorHandlers } from "../../src/sensor/sensor-supervisor.ts";

const say = (line: object): boolean => process.stdout.write(`${JSON.stringify(line)}\n`);
const outcomes: Record<string, number> = {};
let lookups = 0;
let changed = false;

try {
  const handlers: SensorHandlers = {
    facts: {
      connection({ outcome }) {
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
        changed = true;
      },
      lookup() {
        lookups++;
        changed = true;
      },
      time(micros) {
        say({
          ...(changed ? { outcomes, lookups } : {}),
          timeMicros: micros,
          behindMillis: Date.now() - micros / 1_000,
        });
        changed = false;
      },
      counters: (sensor) => say({ sensor }),
    },
    event: (event) => say(event),
  };
  const options = JSON.parse(process.argv[2] ?? "{}");
  const sensor = await ("path" in options ? connectToSensor(options, handlers) : startSensorProcess(options, handlers));
  sensor.ended.then(
    () => say({ type: "ended", outcomes, lookups, counters: sensor.counters() }),
    (error) => say({ refused: `${error.name}: ${error.message}` }),
  );
  process.stdin.resume().once("end", async () => {
    const askedAt = performance.now();
    await sensor.stop();
    say({ type: "stopped", millis: performance.now() - askedAt, counters: sensor.counters() });
  });
} catch (error) {
  say({ refused: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
}
