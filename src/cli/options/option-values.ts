import type { Command } from "commander";
import { ConfigError } from "../../model/errors.ts";
import { parseDuration } from "../../text/duration-text.ts";

/** Parses an option that may be repeated. */
export function collect(value: string, given: readonly string[] | undefined): string[] {
  return [...(given ?? []), value];
}

const MAX_SECONDS = 3_600;

/** Parses a duration in seconds, up to an hour. Throws ConfigError. */
export function parseSeconds(option: string, text: string): number {
  const seconds = Number(text);
  if (text.trim() === "" || !(seconds >= 0 && seconds <= MAX_SECONDS)) {
    throw new ConfigError(`invalid ${option} ${JSON.stringify(text)}: expected seconds from 0 to ${MAX_SECONDS}`);
  }
  return seconds;
}

const MAX_INTERVAL_SECONDS = 86_400;

/** Parses `--every`, a duration from 1 s to a day, to milliseconds. `example` completes the message. Throws ConfigError. */
export function parseEvery(text: string, example: string): number {
  const seconds = parseDuration(text);
  if (seconds !== null && seconds >= 1 && seconds <= MAX_INTERVAL_SECONDS) return seconds * 1_000;
  throw new ConfigError(
    `invalid --every ${JSON.stringify(text)}: expected a duration from 1s to 1d, such as ${example}`,
  );
}

const MAX_COUNT = 1_000_000;

/** Parses a whole number from 1. Throws ConfigError. */
export function parseCount(option: string, text: string): number {
  const count = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= MAX_COUNT) return count;
  throw new ConfigError(`invalid ${option} ${JSON.stringify(text)}: expected a whole number from 1 to ${MAX_COUNT}`);
}

/** Rejects an option with an empty value, such as an unset variable of a script. Throws ConfigError while parsing. */
export function rejectEmptyValues(command: Command): void {
  for (const { name, long } of command.options.map((option) => ({ name: option.name(), long: option.long }))) {
    command.on(`option:${name}`, (value: string | null) => {
      if (value === "") throw new ConfigError(`${long} is empty; pass a value, or omit the option`);
    });
  }
}

/**
 * Rejects two different values for an option that takes one: commander uses the last and drops the others silently.
 * Throws ConfigError while parsing.
 */
export function rejectSecondValues(command: Command): void {
  for (const option of command.options) {
    if (option.isBoolean() || option.parseArg === collect) continue;
    let given: string | null = null;
    command.on(`option:${option.name()}`, (value: string | null) => {
      if (value === null) return;
      if (given !== null && given !== value) {
        throw new ConfigError(
          `${option.long} is passed twice (${JSON.stringify(given)} and ${JSON.stringify(value)}); pass it once`,
        );
      }
      given = value;
    });
  }
}
