import { LinkType, type Packet } from "../../../src/model/packet.ts";
import { packetOf } from "../../support/packet-builder.ts";

const SLL_HEADER = 16;
const IPV4_SOURCE = SLL_HEADER + 12;
const TRANSPORT = SLL_HEADER + 20;

/** An IPv4 frame with fields that are overwritten for each packet, so that a flood costs its sender little. */
export class FrameTemplate {
  readonly packet: Packet;
  readonly #view: DataView;

  constructor(frame: Uint8Array) {
    this.packet = packetOf(frame, { linkType: LinkType.linuxSll });
    this.#view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  }

  at(timeMicros: number): Packet {
    this.packet.timeMicros = timeMicros;
    return this.packet;
  }

  setSource(address: number, port: number): this {
    this.#view.setInt32(IPV4_SOURCE, address);
    this.#view.setUint16(TRANSPORT, port);
    return this;
  }

  setDestination(address: number): this {
    this.#view.setInt32(IPV4_SOURCE + 4, address);
    return this;
  }

  setSequence(sequence: number): this {
    this.#view.setInt32(TRANSPORT + 4, sequence);
    return this;
  }

  /** The 16 bits behind the UDP header: a DNS message's id. */
  setDnsId(id: number): this {
    this.#view.setUint16(TRANSPORT + 8, id);
    return this;
  }

  /** Bytes at an offset in the DNS message. */
  setDnsText(offset: number, text: string): this {
    for (let i = 0; i < text.length; i++) this.#view.setUint8(TRANSPORT + 8 + offset + i, text.charCodeAt(i));
    return this;
  }
}
