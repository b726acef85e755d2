import type { Interaction } from "../model/interaction.ts";
import { edgeKey } from "./edge-key.ts";

/** Added to at most 4 s from packet to here, a pair is still young when it goes out. */
const WINDOW_MICROS = 5_000_000;
/** Groups open at a time; the oldest one goes out early when there are more. */
const MAX_GROUPS = 16_384;

/** Interactions that one span pair stands for. */
interface Group {
  readonly openedMicros: number;
  /** The latest of them, without what they do not have in common. */
  common: Interaction;
  count: number;
  durationMicros: number;
}

/**
 * One span pair for many connections, for a consumer that multiplies. In common they have the edge, the evidence, the
 * outcome, the name (else the dialled address), the dialled port, the repeats of the SYN, and the power of two between which and the next one
 * their durations lie; so the mean duration that the pair is given leaves sums exact, and quantiles within a factor of two.
 * What else differs between them, the pair does not say. Its time is that of the latest.
 */
export class Aggregation {
  readonly #emit: (interaction: Interaction, count: number) => void;
  readonly #maxGroups: number;
  /** In the order in which they were opened. */
  readonly #groups = new Map<string, Group>();
  #nowMicros = 0;

  /** `emit` gets an interaction for each pair, and how many it stands for. */
  constructor(emit: (interaction: Interaction, count: number) => void, maxGroups = MAX_GROUPS) {
    this.#emit = emit;
    this.#maxGroups = maxGroups;
  }

  /** Groups open now. */
  get size(): number {
    return this.#groups.size;
  }

  add(interaction: Interaction): void {
    const key = groupKey(interaction);
    const group = this.#groups.get(key);
    if (group !== undefined) {
      group.common = inCommon(group.common, interaction);
      group.count++;
      group.durationMicros += interaction.durationMicros;
      return;
    }
    if (this.#groups.size >= this.#maxGroups) this.#closeWhile(() => this.#groups.size >= this.#maxGroups);
    const { durationMicros } = interaction;
    this.#groups.set(key, { openedMicros: this.#nowMicros, common: interaction, count: 1, durationMicros });
  }

  /** Packet time has come to `micros`: groups whose window is over go out. A clock that was set back ends all windows. */
  advance(micros: number): void {
    const isSetBack = micros < this.#nowMicros;
    this.#nowMicros = micros;
    this.#closeWhile(({ openedMicros }) => isSetBack || micros - openedMicros >= WINDOW_MICROS);
  }

  /** All that is open goes out. */
  finish(): void {
    this.#closeWhile(() => true);
  }

  #closeWhile(isDue: (oldest: Group) => boolean): void {
    for (const [key, group] of this.#groups) {
      if (!isDue(group)) return;
      this.#groups.delete(key);
      this.#emit({ ...group.common, durationMicros: group.durationMicros / group.count }, group.count);
    }
  }
}

function groupKey(interaction: Interaction): string {
  const { client, server, evidence, outcome, errorType, name, dialled, retries, durationMicros } = interaction;
  const power = Math.floor(Math.log2(Math.max(1, durationMicros)));
  const address = dialled?.address ?? "";
  const what = [evidence, outcome, errorType, name ?? address, dialled?.port, address.includes(":"), retries, power];
  return `${edgeKey(client, server)}\n${what.join("\n")}`;
}

/** The later of two, with null for what they do not have in common beyond their group's key. */
function inCommon(a: Interaction, b: Interaction): Interaction {
  const later = a.timeMicros > b.timeMicros ? a : b;
  return {
    ...later,
    canonicalName: a.canonicalName === b.canonicalName ? a.canonicalName : null,
    clientAddress: isSame(a.clientAddress, b.clientAddress) ? a.clientAddress : null,
    serverAddress: isSame(a.serverAddress, b.serverAddress) ? a.serverAddress : null,
    nameAgeMicros: a.nameAgeMicros === b.nameAgeMicros ? a.nameAgeMicros : null,
    reporter: a.reporter === b.reporter ? a.reporter : null,
  };
}

function isSame(a: Interaction["dialled"], b: Interaction["dialled"]): boolean {
  return a?.address === b?.address && a?.port === b?.port;
}
