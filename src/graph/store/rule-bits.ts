import { END_RULES, type EndRule } from "../../model/interaction.ts";

/** One bit for each of END_RULES. */
export function ruleBit(rule: EndRule | null): number {
  return rule === null ? 0 : 1 << END_RULES.indexOf(rule);
}

export function rulesOf(bits: number): readonly EndRule[] {
  return END_RULES.filter((_, i) => (bits & (1 << i)) !== 0);
}
