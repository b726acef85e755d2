import type { SourceFile } from "./source-files.ts";

/** Words and phrases that the project does not use, each with the standard term; see docs/glossary.md. */
const AVOIDED: readonly (readonly [pattern: RegExp, term: string])[] = [
  [/\b(tell|tells|telling|told)\b/i, "report, emit, or the event itself"],
  [/\bnews\b/i, "update"],
  [/\b(whoever|nobody|somebody|anybody)\b/i, "the subject itself"],
  [/\bhears?\b|\bheard\b/i, "receive"],
  [/\blegs?\b/i, "tuple before NAT, tuple after NAT"],
  [/\bbesides\b/i, "also, except"],
  [/\bone of both\b/i, "one of them"],
  [/\bfor want of\b/i, "because … is missing"],
  [/\bas far as is known\b/i, "if known"],
  [/\bha(s|ve) no word of\b/i, "does not know"],
  [/\bcomes? to be\b/i, "becomes"],
  [/\bmay not be had\b/i, "is unavailable"],
  [/\bstands? in (the )?(place|way)\b/i, "replaces, blocks"],
];

/** Each avoided word with its line and the term to use. Words inside camel case and snake case count. */
export function avoidedWords({ path, text }: SourceFile): string[] {
  return text.split("\n").flatMap((line, index) => {
    const words = line.replaceAll(/([a-z])([A-Z])/g, "$1 $2").replaceAll("_", " ");
    return AVOIDED.flatMap(([pattern, term]) => {
      const found = pattern.exec(words);
      return found === null ? [] : `${path}:${index + 1}: "${found[0]}" (use: ${term})`;
    });
  });
}
