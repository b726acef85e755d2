import type { Interaction } from "../model/interaction.ts";
import { edgeKey } from "./edge-key.ts";

/** On top of up to 4 s from the packet to this stage: consumers discard spans that arrive much later. */
const WINDOW_MICROS = 5_000_000;
/** Open groups; beyond it the pair of the oldest group is made early. */
const MAX_GROUPS = 16_384;

/** Interactions that one span pair represents. */
interface Group {
  readonly openedMicros: number;
  /** The latest of them, with null where they differ. */
  common: Interaction;
  count: number;
  durationMicros: number;
}

/**
 * Makes one span pair of many connections, for a consumer that multiplies by their number. Connections share a pair
 * when they have the same edge, evidence, outcome, name (without one: dialed address), IP version, dialed port and
 * number of SYN retransmissions, and durations within the same power of two. The pair has their mean duration, so sums
 * stay exact and quantiles are within a factor of two. It has the time of the latest, and null in fields that differ.
 */
export class Aggregation {
  readonly #emit: (interaction: Interaction, count: number) => void;
  readonly #maxGroups: number;
  /** In order of opening. */
  readonly #groups = new Map<string, Group>();
  #nowMicros = 0;

  /** `emit` takes an interaction for each pair, and the number of interactions that it represents. */
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

  /**
   * Packet time has reached `micros`: closes groups with an ended window, and all groups if the clock was set back.
   */
  advance(micros: number): void {
    const isSetBack = micros < this.#nowMicros;
    this.#nowMicros = micros;
    this.#closeWhile(({ openedMicros }) => isSetBack || micros - openedMicros >= WINDOW_MICROS);
  }

  /** Closes all groups. */
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

/** The later of two, with null where they differ. */
function inCommon(a: Interaction, b: Interaction): Interaction {
  const later = a.timeMicros > b.timeMicros ? a : b;
  return {
    ...later,
    canonicalName: a.canonicalName === b.canonicalName ? a.canonicalName : null,
    clientAddress: isSame(a.clientAddress, b.clientAddress) ? a.clientAddress : null,
    serverAddress: isSame(a.serverAddress, b.serverAddress) ? a.serverAddress : null,
    nameAgeMicros: a.nameAgeMicros === b.nameAgeMicros ? a.nameAgeMicros : null,
    clientRule: a.clientRule === b.clientRule ? a.clientRule : null,
    serverRule: a.serverRule === b.serverRule ? a.serverRule : null,
    clientPod: a.clientPod === b.clientPod ? a.clientPod : null,
    serverPod: a.serverPod === b.serverPod ? a.serverPod : null,
    dialledService: a.dialledService === b.dialledService ? a.dialledService : null,
    reporter: a.reporter === b.reporter ? a.reporter : null,
  };
}

function isSame(a: Interaction["dialled"], b: Interaction["dialled"]): boolean {
  return a?.address === b?.address && a?.port === b?.port;
}
