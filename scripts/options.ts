// EDGE: process
import { type ParseArgsConfig, parseArgs } from "node:util";

/** The options of a script; ends the process with the usage where it is asked for, and behind what is wrong in an argument. */
export function optionsOf<const T extends NonNullable<ParseArgsConfig["options"]>>(usage: string, options: T) {
  try {
    const { values } = parseArgs({ options: { ...options, help: { type: "boolean", short: "h" } } });
    if ((values as { help?: boolean }).help !== true) return parseArgs({ options }).values;
    console.log(usage);
    process.exit(0);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}
