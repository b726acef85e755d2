import { type Packet as DnsPacket, encode } from "dns-packet";
import { parseAddressInto } from "../../src/model/address.ts";
import { LinkType, type Packet } from "../../src/model/packet.ts";

/**
 * Builders of frames, from the inside out: `ethernet(ipv4({ source, destination }, udp(…)))`.
 * Checksums of IPv4 headers are right; those of UDP, TCP and ICMP are 0, since no reader here looks at them.
 */

const IP_PROTOCOL = { icmp: 1, tcp: 6, udp: 17, fragment: 44, icmpv6: 58 } as const;

/** A payload that knows which IP protocol it is. */
export interface IpPayload {
  readonly protocol: number;
  readonly bytes: Uint8Array;
}

/** An IP packet that knows its EtherType. */
export interface IpPacket {
  readonly etherType: number;
  readonly bytes: Uint8Array;
}

export interface IpOptions {
  readonly source: string;
  readonly destination: string;
  /** IPv4 identification, or that of the IPv6 fragment header. */
  readonly id?: number | undefined;
  /** IPv6. */
  readonly flowLabel?: number | undefined;
  /** TTL or hop limit; 64 by default. */
  readonly hops?: number | undefined;
  readonly fragmentOffset?: number;
  readonly moreFragments?: boolean;
  /** IPv4 options, a multiple of four bytes. */
  readonly options?: Uint8Array;
  /** Instead of the true length: 0 is what segmentation offload leaves. */
  readonly totalLength?: number;
}

export interface TcpOptions {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly flags: number;
  readonly sequence?: number;
  readonly acknowledgement?: number;
  readonly timestampValue?: number;
  readonly window?: number;
  readonly payload?: Uint8Array;
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** Bytes from hex digits; blanks and line breaks are free. */
export function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replace(/\s+/g, ""), "hex"));
}

function bytesOf(length: number, write: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(length);
  write(new DataView(bytes.buffer));
  return bytes;
}

function addressBytes(text: string): Uint8Array {
  const words = new Int32Array(4);
  if (!parseAddressInto(text, words, 0)) throw new Error(`no address: ${text}`);
  const all = bytesOf(16, (view) => {
    for (const [i, word] of words.entries()) view.setInt32(4 * i, word);
  });
  return text.includes(":") ? all : all.slice(12);
}

export function udp(sourcePort: number, destinationPort: number, payload: Uint8Array): IpPayload {
  const header = bytesOf(8, (view) => {
    view.setUint16(0, sourcePort);
    view.setUint16(2, destinationPort);
    view.setUint16(4, 8 + payload.length);
  });
  return { protocol: IP_PROTOCOL.udp, bytes: concat(header, payload) };
}

export function tcp(options: TcpOptions): IpPayload {
  const { timestampValue, payload = new Uint8Array(0) } = options;
  const optionBytes = timestampValue === undefined ? 0 : 12;
  const header = bytesOf(20 + optionBytes, (view) => {
    view.setUint16(0, options.sourcePort);
    view.setUint16(2, options.destinationPort);
    view.setInt32(4, options.sequence ?? 0);
    view.setInt32(8, options.acknowledgement ?? 0);
    view.setUint8(12, ((20 + optionBytes) / 4) << 4);
    view.setUint8(13, options.flags);
    view.setUint16(14, options.window ?? 64240);
    if (timestampValue === undefined) return;
    view.setUint32(20, 0x0101080a);
    view.setInt32(24, timestampValue);
  });
  return { protocol: IP_PROTOCOL.tcp, bytes: concat(header, payload) };
}

/** An ICMP error (type 3 by default) that quotes the first bytes of a packet. */
export function icmp(code: number, quoted: Uint8Array, type = 3): IpPayload {
  return { protocol: IP_PROTOCOL.icmp, bytes: concat(Uint8Array.of(type, code, 0, 0, 0, 0, 0, 0), quoted) };
}

/** An ICMPv6 error (type 1 by default) that quotes the first bytes of a packet. */
export function icmpv6(code: number, quoted: Uint8Array, type = 1): IpPayload {
  return { protocol: IP_PROTOCOL.icmpv6, bytes: concat(Uint8Array.of(type, code, 0, 0, 0, 0, 0, 0), quoted) };
}

export function ipv4(options: IpOptions, payload: IpPayload): IpPacket {
  const extra = options.options ?? new Uint8Array(0);
  const headerLength = 20 + extra.length;
  const header = concat(
    bytesOf(12, (view) => {
      view.setUint8(0, 0x40 | (headerLength / 4));
      view.setUint16(2, options.totalLength ?? headerLength + payload.bytes.length);
      view.setUint16(4, options.id ?? 1);
      view.setUint16(6, ((options.fragmentOffset ?? 0) / 8) | (options.moreFragments ? 0x2000 : 0));
      view.setUint8(8, options.hops ?? 64);
      view.setUint8(9, payload.protocol);
    }),
    addressBytes(options.source),
    addressBytes(options.destination),
    extra,
  );
  const view = new DataView(header.buffer);
  let sum = 0;
  for (let at = 0; at < headerLength; at += 2) sum += view.getUint16(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  view.setUint16(10, ~sum & 0xffff);
  return { etherType: 0x0800, bytes: concat(header, payload.bytes) };
}

export function ipv6(options: IpOptions, payload: IpPayload): IpPacket {
  const isFragment = options.moreFragments !== undefined || options.fragmentOffset !== undefined;
  const inner = isFragment ? fragmentHeader(options, payload) : payload;
  const header = bytesOf(8, (view) => {
    view.setUint32(0, 0x60000000 | (options.flowLabel ?? 0));
    view.setUint16(4, options.totalLength ?? inner.bytes.length);
    view.setUint8(6, inner.protocol);
    view.setUint8(7, options.hops ?? 64);
  });
  const addresses = concat(addressBytes(options.source), addressBytes(options.destination));
  return { etherType: 0x86dd, bytes: concat(header, addresses, inner.bytes) };
}

function fragmentHeader(options: IpOptions, payload: IpPayload): IpPayload {
  const header = bytesOf(8, (view) => {
    view.setUint8(0, payload.protocol);
    view.setUint16(2, (options.fragmentOffset ?? 0) | (options.moreFragments ? 1 : 0));
    view.setUint32(4, options.id ?? 1);
  });
  return { protocol: IP_PROTOCOL.fragment, bytes: concat(header, payload.bytes) };
}

/** An IPv6 extension header in front: hop-by-hop (0), routing (43), destination options (60), as many words of 8 bytes. */
export function extensionHeader(type: number, words: number, payload: IpPayload): IpPayload {
  const header = new Uint8Array(8 * words);
  header[0] = payload.protocol;
  header[1] = words - 1;
  return { protocol: type, bytes: concat(header, payload.bytes) };
}

/** Cuts an IP payload into fragments of at most `size` bytes (a multiple of 8), in order. */
export function fragments(options: IpOptions, payload: IpPayload, size: number): IpPacket[] {
  const build = options.source.includes(":") ? ipv6 : ipv4;
  const packets: IpPacket[] = [];
  for (let at = 0; at < payload.bytes.length; at += size) {
    const bytes = payload.bytes.slice(at, at + size);
    const moreFragments = at + size < payload.bytes.length;
    packets.push(build({ ...options, fragmentOffset: at, moreFragments }, { protocol: payload.protocol, bytes }));
  }
  return packets;
}

/** An Ethernet frame, with VLAN tags (TPID 0x88a8 for all but the innermost) where ids are given. */
export function ethernet(packet: IpPacket, ...vlanIds: readonly number[]): Uint8Array {
  const tags = vlanIds.flatMap((id, i) => [i === vlanIds.length - 1 ? 0x8100 : 0x88a8, id]);
  const header = bytesOf(14 + 2 * tags.length, (view) => {
    for (const [i, value] of [...tags, packet.etherType].entries()) view.setUint16(12 + 2 * i, value);
  });
  return concat(header, packet.bytes);
}

/** What cooked headers say of the link that a frame was seen on. */
export interface Link {
  /** Link-layer address of who sent the frame, six bytes; none unless given. */
  readonly mac?: string;
  /** SLL2: the interface; 7 unless given. */
  readonly interfaceIndex?: number;
  readonly isLoopback?: boolean;
}

/** A LINUX_SLL (v1) frame; packet type 0 to us, 3 to another host, 4 from us. */
export function linuxSll(packetType: number, packet: IpPacket, { mac, isLoopback = false }: Link = {}): Uint8Array {
  const header = bytesOf(16, (view) => {
    view.setUint16(0, packetType);
    view.setUint16(2, isLoopback ? 772 : 1);
    writeMac(view, 4, 2, mac);
    view.setUint16(14, packet.etherType);
  });
  return concat(header, packet.bytes);
}

export function linuxSll2(packetType: number, packet: IpPacket, link: Link = {}): Uint8Array {
  const header = bytesOf(20, (view) => {
    view.setUint16(0, packet.etherType);
    view.setUint32(4, link.interfaceIndex ?? 7);
    view.setUint16(8, link.isLoopback === true ? 772 : 1);
    view.setUint8(10, packetType);
    writeMac(view, 11, 1, link.mac);
  });
  return concat(header, packet.bytes);
}

/** The length in `lengthBytes`, then the address. */
function writeMac(view: DataView, at: number, lengthBytes: 1 | 2, mac: string | undefined): void {
  if (mac === undefined) return;
  view.setUint8(at + lengthBytes - 1, 6);
  for (const [i, byte] of mac.split(":").entries()) view.setUint8(at + lengthBytes + i, Number.parseInt(byte, 16));
}

/** The bytes of a DNS message, by dns-packet. */
export function dnsBytes(message: DnsPacket): Uint8Array {
  return new Uint8Array(encode(message));
}

/** A DNS message as it stands in a TCP stream: two bytes of length in front. */
export function dnsOverTcp(message: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(message.length >>> 8, message.length & 255), message);
}

/** The packet of a frame; by default a complete Ethernet frame at time 0. */
export function packetOf(frame: Uint8Array, about: Partial<Packet> = {}): Packet {
  return {
    bytes: frame,
    offset: 0,
    captureLength: frame.length,
    length: frame.length,
    timeMicros: 0,
    linkType: LinkType.ethernet,
    ...about,
  };
}
