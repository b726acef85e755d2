/**
 * A captured frame, as libpcap describes it. A source passes the same object for every frame and reuses `bytes`: copy
 * what must outlive the call.
 */
export interface Packet {
  /** The frame begins at `offset` and has `captureLength` bytes; the other bytes are not part of it. */
  bytes: Uint8Array;
  offset: number;
  /** Captured bytes (libpcap `caplen`); `bytes` has at least as many from `offset`. */
  captureLength: number;
  /** Bytes on the wire (libpcap `len`). */
  length: number;
  /** Microseconds since the Unix epoch, with a fraction where the capture has nanoseconds. */
  timeMicros: number;
  /** Link-layer header type as in capture files (LINKTYPE_*), for example 113 for LINUX_SLL. */
  linkType: number;
}

/** Receives each frame of a source, in file or arrival order. The packet is valid during the call only. */
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
 * Direction of a frame on its interface, from the SLL packet type; `unknown` for other link types.
 * Incoming frames are before NAT, outgoing ones after it.
 */
export const Direction = { unknown: 0, incoming: 1, outgoing: 2 } as const;
export type Direction = (typeof Direction)[keyof typeof Direction];
