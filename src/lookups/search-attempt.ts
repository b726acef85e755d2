import type { AskedName } from "./asked-names.ts";
import { RetainedLookup } from "./retained-lookup.ts";

/** A set of question types, a bit each: only A (1) and AAAA (28) come here. */
export type TypeSet = number;

export function typeSet(type: number): TypeSet {
  return 1 << type;
}

/** Forms that are noted of one attempt: search paths have up to some ten suffixes. */
const MAX_FORMS = 64;
/** A pod's search path has three suffixes. */
const USUAL_FORMS = 4;
const NONE: readonly AskedName[] = [];

/** One try of a program to resolve a name, while every question of it has failed. Used again after it is forgotten. */
export class Attempt {
  /** The first question. */
  readonly lookup = new RetainedLookup();
  decideMicros = Number.POSITIVE_INFINITY;
  /** What the program may have asked for, by the first question. */
  firstBases = NONE;
  /** By all questions so far: of the first bases, a bit each. */
  #bases = 0;
  /** Names whose questions have failed, each once, and at the same position the types that were asked. */
  readonly #forms = ["", "", "", ""];
  readonly #types: TypeSet[] = [0, 0, 0, 0];
  #formCount = 0;
  /** A failure that asking again might mend: SERVFAIL, REFUSED, silence. */
  hasOther = false;
  isDecided = false;

  begin(bases: readonly AskedName[], name: string, type: number): void {
    this.firstBases = bases;
    this.#bases = (1 << bases.length) - 1;
    this.#formCount = 0;
    // What a longer one had left.
    if (this.#forms.length > USUAL_FORMS) this.#forms.length = USUAL_FORMS;
    this.isDecided = false;
    this.addQuestion(name, type);
  }

  /** Every question that was asked for the name, in order. */
  get forms(): readonly string[] {
    return this.#forms.slice(0, this.#formCount);
  }

  /** What the program may have asked for, by all questions so far; the shortest last. */
  get bases(): readonly AskedName[] {
    return this.firstBases.filter((_, i) => (this.#bases & (1 << i)) !== 0);
  }

  /** Another question of it has failed; false where the very same one had failed before, or too many others. */
  addQuestion(name: string, type: number): boolean {
    const types = typeSet(type);
    let at = 0;
    while (at < this.#formCount && this.#forms[at] !== name) at++;
    if (at === MAX_FORMS) return false;
    const before = at < this.#formCount ? (this.#types[at] as TypeSet) : 0;
    this.#forms[at] = name;
    this.#types[at] = before | types;
    if (at === this.#formCount) this.#formCount++;
    return (before & types) === 0;
  }

  /** What the program asked for is one of these, if one of them comes into question at all. */
  narrow(bases: readonly AskedName[]): void {
    const isOne = (this.#bases & (this.#bases - 1)) === 0;
    if (isOne || bases === this.firstBases) return;
    let common = 0;
    for (let i = 0; i < this.firstBases.length; i++) {
      if (bases.includes(this.firstBases[i] as AskedName)) common |= 1 << i;
    }
    common &= this.#bases;
    if (common !== 0) this.#bases = common;
  }

  /** Whether any search form of what may have been asked for has been answered since. */
  wasAnswered(sinceMicros: number): boolean {
    for (let i = 0; i < this.firstBases.length; i++) {
      const isOpen = (this.#bases & (1 << i)) !== 0;
      if (isOpen && (this.firstBases[i]?.answeredMicros ?? sinceMicros) >= sinceMicros) return true;
    }
    return false;
  }
}
