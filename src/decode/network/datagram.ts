import { ADDRESS_WORDS } from "../../model/address.ts";
import { Direction } from "../../model/packet.ts";

/**
 * The current packet. Each layer reads its header at `start` and moves `start` after it. One object for all packets.
 * Bytes are read through a `DataView`, which throws on a read out of bounds, and reads 16 and 32 bits in one instruction.
 */
export interface Datagram {
  view: DataView;
  timeMicros: number;
  direction: Direction;
  /** Whether the frame was addressed to another host. */
  isBridged: boolean;
  /** TTL or hop limit. */
  hops: number;
  /** IPv4 identification or IPv6 flow label. */
  identification: number;
  /** IP source in words 0 to 3, destination in words 4 to 7. */
  readonly addresses: Int32Array;
  /** IP protocol number of the payload at `start`, after the IP header was read. */
  protocol: number;
  start: number;
  /** End of the captured bytes. */
  end: number;
  /** End of the packet on the wire: after `end` where the capture truncated it. */
  wireEnd: number;
}

export function emptyDatagram(): Datagram {
  return {
    view: new DataView(new ArrayBuffer(0)),
    timeMicros: 0,
    direction: Direction.unknown,
    isBridged: false,
    hops: 0,
    identification: 0,
    addresses: new Int32Array(2 * ADDRESS_WORDS),
    protocol: 0,
    start: 0,
    end: 0,
    wireEnd: 0,
  };
}

/** Why bytes are missing: the capture truncated the packet, or its lengths are wrong. */
export function missingBytes(datagram: Datagram): "truncated" | "malformed" {
  return datagram.end < datagram.wireEnd ? "truncated" : "malformed";
}
