/**
 * One captured frame, as libpcap describes it.
 *
 * A source hands over the same object for every frame and reuses `bytes`: copy what must outlive the call.
 */
export interface Packet {
  /** Holds the frame from `offset` for `captureLength` bytes; what stands around it belongs to others. */
  bytes: Uint8Array;
  offset: number;
  /** Bytes that were kept (libpcap `caplen`), never more than `bytes` holds from `offset`. */
  captureLength: number;
  /** Bytes that were on the wire (libpcap `len`). */
  length: number;
  /** Microseconds since the Unix epoch, with a fraction where the capture has nanoseconds. */
  timeMicros: number;
  /** Link-layer header type as written in capture files (LINKTYPE_*), for example 113 for LINUX_SLL. */
  linkType: number;
}

/** Receives each frame of a source in file or arrival order; must not keep the packet. */
export type PacketHandler = (packet: Packet) => void;

/** The link-layer header types that decode understands: https://www.tcpdump.org/linktypes.html */
export const LinkType = {
  null: 0,
  ethernet: 1,
  rawDlt12: 12,
  rawDlt14: 14,
  raw: 101,
  loop: 108,
  linuxSll: 113,
  ipv4: 228,
  ipv6: 229,
  linuxSll2: 276,
} as const;

/**
 * Which way a frame passed its interface: the SLL packet type, where there is one.
 * `incoming` frames are before NAT, `outgoing` ones after it.
 */
export const Direction = { unknown: 0, incoming: 1, outgoing: 2 } as const;
export type Direction = (typeof Direction)[keyof typeof Direction];
