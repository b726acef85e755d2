import type { End, EndRule } from "../../model/interaction.ts";

/** One end of an interaction, with how it was found. */
export interface FoundEnd {
  readonly end: End;
  readonly rule: EndRule;
  /** Name of its pod; null if it has none, or it is unknown. */
  readonly pod: string | null;
  /** The time in which it is the same, by the updates so far; an empty interval: it was found for one moment only. */
  readonly fromMicros: number;
  readonly toMicros: number;
}

export function found(end: End, rule: EndRule, pod: string | null = null): FoundEnd {
  return { end, rule, pod, fromMicros: Number.NEGATIVE_INFINITY, toMicros: Number.POSITIVE_INFINITY };
}

/** The end, as found for one moment only. */
export function momentary({ end, rule, pod }: FoundEnd): FoundEnd {
  return { end, rule, pod, fromMicros: Number.POSITIVE_INFINITY, toMicros: Number.NEGATIVE_INFINITY };
}
