import { type Endpoint, isSameEndpoint } from "../../model/connection.ts";
import type { Interaction } from "../../model/interaction.ts";
import { type LineFields, lineTexts } from "../../render/interaction-lines.ts";

/** The texts of a frame as UTF-8: see `LineTexts`. */
interface FrameBytes {
  readonly head: Uint8Array;
  readonly middle: Uint8Array;
  readonly tail: Uint8Array;
}

/** What the lines of like interactions share: everything but the numbers of each. */
export class LineFrame implements LineFields {
  readonly client: Interaction["client"];
  readonly server: Interaction["server"];
  readonly outcome: Interaction["outcome"];
  readonly evidence: Interaction["evidence"];
  readonly name: string | null;
  readonly dialled: Endpoint | null;
  readonly serverAddress: Endpoint | null;
  readonly clientHost: string | null;
  readonly serverPod: string | null;
  readonly clientPod: string | null;
  readonly canonicalName: string | null;
  readonly dialledService: string | null;
  readonly reporter: string | null;
  #isKept = true;
  #bytes: FrameBytes | null = null;

  constructor(interaction: Interaction) {
    this.client = interaction.client;
    this.server = interaction.server;
    this.outcome = interaction.outcome;
    this.evidence = interaction.evidence;
    this.name = interaction.name;
    this.dialled = interaction.dialled;
    this.serverAddress = interaction.serverAddress;
    this.clientHost = hostOf(interaction);
    this.serverPod = interaction.serverPod;
    this.clientPod = interaction.clientPod;
    this.canonicalName = interaction.canonicalName;
    this.dialledService = interaction.dialledService;
    this.reporter = interaction.reporter;
  }

  /** Whether the line of this interaction has the same bytes around its numbers; ends are compared by identity. */
  isOf(interaction: Interaction): boolean {
    return (
      interaction.client === this.client &&
      interaction.server === this.server &&
      interaction.outcome === this.outcome &&
      interaction.evidence === this.evidence &&
      interaction.name === this.name &&
      isSame(interaction.dialled, this.dialled) &&
      isSame(interaction.serverAddress, this.serverAddress) &&
      hostOf(interaction) === this.clientHost &&
      interaction.serverPod === this.serverPod &&
      interaction.clientPod === this.clientPod &&
      interaction.canonicalName === this.canonicalName &&
      interaction.dialledService === this.dialledService &&
      interaction.reporter === this.reporter
    );
  }

  /** Made for the first line, and kept for the next ones. */
  get bytes(): FrameBytes {
    if (this.#bytes !== null) return this.#bytes;
    const { head, middle, tail } = lineTexts(this);
    const bytes = { head: Buffer.from(head), middle: Buffer.from(middle), tail: Buffer.from(tail) };
    if (this.#isKept) this.#bytes = bytes;
    return bytes;
  }

  /** From now on, bytes are made for each line: few are left, and forgotten frames may be many. */
  release(): void {
    this.#isKept = false;
    this.#bytes = null;
  }
}

function hostOf({ clientAddress }: Interaction): string | null {
  return clientAddress === null ? null : clientAddress.address;
}

function isSame(a: Endpoint | null, b: Endpoint | null): boolean {
  return a === b || (a !== null && b !== null && isSameEndpoint(a, b));
}
