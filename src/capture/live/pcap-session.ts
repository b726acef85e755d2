// EDGE: pcap (through addon)
import { LinkType, type Packet, type PacketHandler } from "../../model/packet.ts";
import { emptyPacket } from "../packet-source.ts";
import { loadAddon, type NativeSession, type NativeStats } from "./addon.ts";

/**
 * Frames that matched the filter, at one moment: `received` is the sum of the delivered frames, `dropped` and `left`. All but
 * `left` only grow.
 */
export interface KernelCounters {
  readonly received: number;
  /** Dropped because the ring was full. */
  readonly dropped: number;
  /** In the ring, not delivered yet; after the end, lost. */
  readonly left: number;
  readonly interfaceDropped: number;
}

/** The largest IP packet with any link-layer header: with offload, frames of DNS over TCP exceed the MTU. */
const SNAP_LENGTH = 65_536 + 256;
const RING_BYTES = 32 << 20;
/** The kernel delivers a block when it is full or this old. */
export const BUFFER_TIMEOUT_MILLIS = 100;
/** libpcap's MAXIMUM_SNAPLEN, for files. */
const MAX_RECORD_BYTES = 262_144;

/**
 * One libpcap handle. The packet passed to the handler is reused.
 * Only for the main thread: the addon aborts the process when a worker thread with a session ends.
 */
export class PcapSession {
  /** LINKTYPE_* of all packets. */
  readonly linkType: number;
  readonly #native: NativeSession;
  readonly #data: Buffer;
  readonly #header = Buffer.alloc(16);
  readonly #headerWords = new Uint32Array(this.#header.buffer, this.#header.byteOffset, 4);
  readonly #packet: Packet;
  readonly #handler: PacketHandler;
  #state: "open" | "dispatching" | "closing" | "closed" = "open";
  #failure: { readonly error: unknown } | null = null;
  readonly #kernel = new KernelTotals();
  /** Those of the kernel's drops that would have been delivered. */
  #dropped = 0;
  readonly #isLoopback: boolean;
  /** Frames delivered to the handler. */
  delivered = 0;
  /** Those of the loopback device, which the kernel counts twice: libpcap skips the outgoing copy. */
  #loopbackFrames = 0;

  constructor(type: "live" | "offline", source: string, filter: string, handler: PacketHandler) {
    const bufferBytes = type === "live" ? SNAP_LENGTH : MAX_RECORD_BYTES;
    this.#data = Buffer.alloc(bufferBytes);
    this.#packet = { ...emptyPacket(), bytes: this.#data };
    this.#handler = handler;
    this.#native = new (loadAddon().PcapSession)();
    const open = type === "live" ? this.#native.open_live : this.#native.open_offline;
    this.linkType = linkTypeNumber(
      open.call(
        this.#native,
        source,
        filter,
        RING_BYTES,
        bufferBytes,
        "",
        () => this.#receive(),
        false,
        BUFFER_TIMEOUT_MILLIS,
        () => {},
        false,
      ),
    );
    this.#packet.linkType = this.linkType;
    this.#isLoopback = type === "live" && source === "lo";
  }

  /**
   * Delivers the frames of the ring or the file. Returns "drained" when none is left, "failed" when the device or the file
   * cannot be read, "closed" after `close`. An error of the handler closes the session and is rethrown. Not for calls from
   * the handler.
   */
  dispatch(): "drained" | "failed" | "closed" {
    if (this.#state !== "open") return "closed";
    this.#state = "dispatching";
    const result = this.#native.dispatch(this.#data, this.#header);
    const isClosed = result === -2 || this.#isClosing();
    this.#state = isClosed ? "closed" : "open";
    if (this.#failure !== null) throw this.#failure.error;
    return isClosed ? "closed" : result < 0 ? "failed" : "drained";
  }

  /** Frees the handle. May be called from the handler. Idempotent. */
  close(): void {
    if (this.#state === "dispatching") {
      this.#state = "closing";
      this.#native.close();
    } else if (this.#state === "open") {
      this.#readKernel();
      this.#state = "closing";
      this.#native.close();
      // libpcap frees the handle in this call if a packet is there, which is ignored; else the handle stays until exit.
      this.#native.dispatch(this.#data, this.#header);
      this.#state = "closed";
    }
  }

  /** The kernel's counters, after the end the last ones; for a file, only the delivered frames. */
  counters(): KernelCounters {
    const left = this.shareOf(this.waitingFrames());
    const dropped = Math.round(this.#dropped);
    return {
      received: this.delivered + dropped + left,
      dropped,
      left,
      interfaceDropped: this.#kernel.interfaceDropped,
    };
  }

  /** Frames that the kernel has received and not delivered, at most. */
  waitingFrames(): number {
    if (this.#state !== "closed") this.#readKernel();
    const { received, dropped } = this.#kernel;
    return Math.max(0, received - dropped - this.delivered - this.#loopbackFrames);
  }

  /** How many of `frames`, as the kernel counts them, are delivered at the ratio so far: one of two on the loopback device. */
  shareOf(frames: number): number {
    return Math.round(this.#deliveredShare() * frames);
  }

  #deliveredShare(): number {
    return this.delivered === 0 ? 1 : this.delivered / (this.delivered + this.#loopbackFrames);
  }

  #readKernel(): void {
    try {
      const before = this.#kernel.dropped;
      this.#kernel.update(this.#native.stats());
      this.#dropped += (this.#kernel.dropped - before) * this.#deliveredShare();
    } catch {
      // Neither a file nor a removed interface has statistics.
    }
  }

  #isClosing(): boolean {
    return this.#state === "closing";
  }

  #receive(): void {
    if (this.#state !== "dispatching") return;
    const packet = this.#packet;
    const headerWords = this.#headerWords;
    const captureLength = headerWords[2] ?? 0;
    packet.timeMicros = (headerWords[0] ?? 0) * 1e6 + (headerWords[1] ?? 0);
    // The addon copies at most the size of the buffer, but reports the whole length.
    packet.captureLength = captureLength < this.#data.length ? captureLength : this.#data.length;
    packet.length = headerWords[3] ?? 0;
    this.delivered++;
    if (this.#isLoopback || (packet.linkType === LinkType.linuxSll && isFromLoopback(this.#data)))
      this.#loopbackFrames++;
    try {
      this.#handler(packet);
    } catch (error) {
      // An error that reaches the addon ends the process.
      this.#failure = { error };
      this.close();
    }
  }
}

/** Whether the hardware type of a LINUX_SLL header is ARPHRD_LOOPBACK. https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html */
function isFromLoopback(data: Buffer): boolean {
  return data[3] === 0x04 && data[2] === 0x03;
}

/** Sums of the kernel's counters, which wrap around at 32 bits. */
class KernelTotals {
  received = 0;
  dropped = 0;
  interfaceDropped = 0;
  #last: NativeStats = { ps_recv: 0, ps_drop: 0, ps_ifdrop: 0 };

  update(now: NativeStats): void {
    this.received += (now.ps_recv - this.#last.ps_recv) >>> 0;
    this.dropped += (now.ps_drop - this.#last.ps_drop) >>> 0;
    this.interfaceDropped += (now.ps_ifdrop - this.#last.ps_ifdrop) >>> 0;
    this.#last = now;
  }
}

const LINK_TYPES: Readonly<Record<string, number>> = {
  LINKTYPE_NULL: LinkType.null,
  LINKTYPE_ETHERNET: LinkType.ethernet,
  LINKTYPE_IEEE802_11_RADIO: 127,
  LINKTYPE_RAW: LinkType.raw,
  LINKTYPE_LINUX_SLL: LinkType.linuxSll,
};

/** The addon names five link types; all others are "Unknown linktype <number>", where DLT_* and LINKTYPE_* agree. */
function linkTypeNumber(name: string): number {
  return LINK_TYPES[name] ?? Number(/\d+$/.exec(name)?.[0] ?? -1);
}
