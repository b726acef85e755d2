import { ADDRESS_WORDS } from "../../model/address.ts";
import { Direction } from "../../model/packet.ts";

/**
 * The packet in hand, as one layer leaves it to the next: each reads its header at `start` and moves `start` behind it.
 * One object for all packets. Bytes are read through a `DataView`: unlike an index into an array it makes a slip out
 * of bounds visible, and its 16 and 32-bit reads cost one instruction.
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
  /** IP protocol number of what stands at `start`, once the IP header is read. */
  protocol: number;
  start: number;
  /** End of the bytes at hand. */
  end: number;
  /** Where the packet ended on the wire: beyond `end` where the capture cut it. */
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

/** Why bytes that should be there are not: the capture cut them off, or they never were. */
export function missingBytes(datagram: Datagram): "truncated" | "malformed" {
  return datagram.end < datagram.wireEnd ? "truncated" : "malformed";
}
