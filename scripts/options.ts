// EDGE: process
import { type ParseArgsConfig, parseArgs } from "node:util";

/** What is a number, or a list of them, by default takes nothing else. */
const NUMBER = /^\d+(\.\d+)?$/;
const NUMBERS = /^\d+(\.\d+)?(,\d+(\.\d+)?)*$/;

/** The options of a script; ends the process with the usage where it is asked for, and behind what is wrong in an argument. */
export function optionsOf<const T extends NonNullable<ParseArgsConfig["options"]>>(usage: string, options: T) {
  try {
    const { values } = parseArgs({ options: { ...options, help: { type: "boolean", short: "h" } } });
    if ((values as { help?: boolean }).help !== true) {
      checkNumbers(options, values);
      return parseArgs({ options }).values;
    }
    console.log(usage);
    process.exit(0);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}

/** Throws an Error. */
function checkNumbers(
  options: NonNullable<ParseArgsConfig["options"]>,
  values: Readonly<Record<string, unknown>>,
): void {
  for (const [name, { default: example }] of Object.entries(options)) {
    if (typeof example !== "string" || !NUMBERS.test(example)) continue;
    const [pattern, expected] = example.includes(",") ? [NUMBERS, "numbers"] : [NUMBER, "a number"];
    const given = String(values[name]);
    if (!pattern.test(given))
      throw new Error(`--${name} takes ${expected}, such as ${example}, not ${JSON.stringify(given)}`);
  }
}
