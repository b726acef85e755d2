import type { Command } from "commander";
import { ConfigError } from "../model/errors.ts";

/** Refuses an option that takes a value and is given none: a variable of a script that is not set. Throws as below. */
export function refuseEmptyValues(command: Command): void {
  for (const { name, long } of command.options.map((option) => ({ name: option.name(), long: option.long }))) {
    command.on(`option:${name}`, (value: string | null) => {
      if (value === "") throw new ConfigError(`${long} is empty; give it a value, or leave the option out`);
    });
  }
}

/**
 * Refuses an option that holds one value and is given two: commander would take the last and drop the others without a
 * word. `collect` is how options of several values are parsed. Throws ConfigError while the arguments are parsed.
 */
export function refuseSecondValues(command: Command, collect: unknown): void {
  for (const option of command.options) {
    if (option.isBoolean() || option.parseArg === collect) continue;
    let given: string | null = null;
    command.on(`option:${option.name()}`, (value: string | null) => {
      if (value === null) return;
      if (given !== null && given !== value) {
        throw new ConfigError(
          `${option.long} is given twice, as ${JSON.stringify(given)} and ${JSON.stringify(value)}; leave one out`,
        );
      }
      given = value;
    });
  }
}
