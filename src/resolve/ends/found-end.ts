import type { End, EndRule } from "../../model/interaction.ts";

/** One end of an interaction, with how it was found. */
export interface FoundEnd {
  readonly end: End;
  readonly rule: EndRule;
  /** Name of its pod; null if it has none, or it is unknown. */
  readonly pod: string | null;
}

export function found(end: End, rule: EndRule, pod: string | null = null): FoundEnd {
  return { end, rule, pod };
}
