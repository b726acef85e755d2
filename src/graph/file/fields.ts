import { MAX_TIME_MICROS } from "../bounds.ts";
import { toMicros } from "./seconds.ts";

/** An object of a graph file that has been parsed, but not validated. */
export type Fields = Readonly<Record<string, unknown>>;

/** What is wrong with a line of a graph file. The message completes "is damaged in line 7: …". */
export class Damage extends Error {}

/** Texts repeat from line to line; a parser makes a copy of each. */
export type Share = (text: string) => string;

export function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Damage(`${what} is not an object`);
  return value as Fields;
}

export function textOf(fields: Fields, key: string, share: Share): string {
  return asText(fields[key], key, share);
}

/** Absent is null. */
export function textOrNull(fields: Fields, key: string, share: Share): string | null {
  return fields[key] == null ? null : asText(fields[key], key, share);
}

function asText(value: unknown, key: string, share: Share): string {
  if (typeof value !== "string") throw new Damage(`${key} is not a text`);
  return share(value);
}

/** One of the values. */
export function oneOf<T extends string>(fields: Fields, key: string, values: readonly T[]): T {
  const value = values.find((each) => each === fields[key]);
  if (value === undefined) throw new Damage(`${key} is none of ${values.join(", ")}`);
  return value;
}

/** A whole number from 0; absent is 0. */
export function countOf(fields: Fields, key: string): number {
  return wholeNumber(fields[key] ?? 0, key, Number.MAX_SAFE_INTEGER);
}

export function portOf(fields: Fields, key: string): number {
  return wholeNumber(fields[key], key, 0xffff);
}

export function portOrNull(fields: Fields, key: string): number | null {
  return fields[key] == null ? null : portOf(fields, key);
}

function wholeNumber(value: unknown, key: string, max: number): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > max) {
    throw new Damage(`${key} is not a whole number from 0 to ${max}`);
  }
  return value;
}

export function numberOf(fields: Fields, key: string): number {
  const value = fields[key];
  if (typeof value !== "number" || !Number.isFinite(value) || value < 0) throw new Damage(`${key} is not a number`);
  return value;
}

/** Seconds as microseconds. */
export function timeOf(fields: Fields, key: string): number {
  const micros = toMicros(numberOf(fields, key));
  if (micros > MAX_TIME_MICROS) throw new Damage(`${key} is not a time`);
  return micros;
}

/** Absent is empty. */
export function listOf(fields: Fields, key: string, max = Number.POSITIVE_INFINITY): readonly unknown[] {
  const value = fields[key] ?? [];
  if (!Array.isArray(value)) throw new Damage(`${key} is not a list`);
  if (value.length > max) throw new Damage(`${key} has more than ${max} values`);
  return value;
}

export function objectsOf<T>(fields: Fields, key: string, read: (fields: Fields) => T, max?: number): readonly T[] {
  return listOf(fields, key, max).map((each) => read(fieldsOf(each, key)));
}

export function textsOf(fields: Fields, key: string, share: Share, max?: number): readonly string[] {
  return listOf(fields, key, max).map((each) => asText(each, key, share));
}

export function portsOf(fields: Fields, key: string, max: number): readonly number[] {
  return listOf(fields, key, max).map((each) => wholeNumber(each, key, 0xffff));
}

/** Some of the values. */
export function someOf<T extends string>(fields: Fields, key: string, values: readonly T[]): readonly T[] {
  const listed = listOf(fields, key);
  if (listed.some((each) => !values.includes(each as T))) throw new Damage(`${key} is none of ${values.join(", ")}`);
  return listed as readonly T[];
}

/** An object as a map, whose values are validated. */
export function recordOf<T>(value: unknown, key: string, read: (value: unknown) => T, share: Share): Record<string, T> {
  const entries = Object.entries(fieldsOf(value, key));
  return Object.fromEntries(entries.map(([name, each]) => [share(name), read(each)]));
}

/** Labels, as in Kubernetes. */
export function labelsOf(value: unknown, key: string, share: Share): Record<string, string> {
  return recordOf(value, key, (each) => asText(each, key, share), share);
}
