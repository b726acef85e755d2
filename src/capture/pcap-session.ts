// EDGE: pcap
import { createRequire } from "node:module";
import { isMainThread } from "node:worker_threads";
import { CaptureError } from "../model/errors.ts";
import { LinkType, type Packet, type PacketHandler } from "../model/packet.ts";
import { emptyPacket } from "./packet-source.ts";

/**
 * The native half of npm `pcap` 3.1.0 (pcap_session.cc): not its public interface, which polls and allocates per
 * packet. The version is pinned exactly for that. What it leaves to the caller is guarded here and nowhere else.
 */
interface NativeSession {
  open_live(...options: OpenOptions): string;
  open_offline(...options: OpenOptions): string;
  /** Calls back until nothing waits; 0 then, -1 on an error, -2 after `close`, which frees the handle. */
  dispatch(data: Buffer, header: Buffer): number;
  /** Only asks the loop to break. */
  close(): void;
  stats(): NativeStats;
}

interface NativeStats {
  /** Of all frames that matched, dropped ones too. */
  readonly ps_recv: number;
  readonly ps_drop: number;
  readonly ps_ifdrop: number;
}

type OpenOptions = [
  device: string,
  filter: string,
  ringBytes: number,
  snapLength: number,
  outputFile: string,
  onPacket: () => void,
  isMonitor: boolean,
  bufferTimeoutMillis: number,
  onWarning: () => void,
  isPromiscuous: boolean,
];

/**
 * What became of the frames that matched the filter, at one moment: `received` is what was handed over, `dropped` and
 * `left` together. All but `left` only grow.
 */
export interface KernelCounters {
  readonly received: number;
  /** Lost because the ring was full. */
  readonly dropped: number;
  /** In the ring, not handed over yet; after the end, lost. */
  readonly left: number;
  readonly interfaceDropped: number;
}

/** The largest IP packet behind any link-layer header: offload hands over DNS over TCP in frames beyond the MTU. */
const SNAP_LENGTH = 65_536 + 256;
const RING_BYTES = 32 << 20;
/** The kernel hands a block over when it is full or this old. */
export const BUFFER_TIMEOUT_MILLIS = 100;
/** Of a file a record may be as long as libpcap allows. */
const MAX_RECORD_BYTES = 262_144;

/**
 * One libpcap handle. The packet given to the handler is reused.
 * Only the main thread of a process may have one: the addon aborts the process when a worker with a session ends.
 */
export class PcapSession {
  /** LINKTYPE_* of all packets. */
  readonly linkType: number;
  private readonly native: NativeSession;
  private readonly data: Buffer;
  private readonly header = Buffer.alloc(16);
  private readonly headerWords = new Uint32Array(this.header.buffer, this.header.byteOffset, 4);
  private readonly packet: Packet;
  private readonly handler: PacketHandler;
  private state: "open" | "dispatching" | "closing" | "closed" = "open";
  private failure: { readonly error: unknown } | null = null;
  private readonly kernel = new KernelFigures();
  /** Of the kernel's drops those that would have been handed over. */
  private dropped = 0;
  private readonly isLoopback: boolean;
  /** Frames handed over. */
  handed = 0;
  /** Those of them from the loopback device: the kernel counts each twice, and libpcap passes over the one going out. */
  private loopbackFrames = 0;

  constructor(type: "live" | "offline", source: string, filter: string, handler: PacketHandler) {
    const bufferBytes = type === "live" ? SNAP_LENGTH : MAX_RECORD_BYTES;
    this.data = Buffer.alloc(bufferBytes);
    this.packet = { ...emptyPacket(), bytes: this.data };
    this.handler = handler;
    this.native = new (loadBinding().PcapSession)();
    const open = type === "live" ? this.native.open_live : this.native.open_offline;
    const onPacket = () => this.receive();
    const onWarning = () => {};
    this.linkType = linkTypeNumber(
      open.call(
        this.native,
        source,
        filter,
        RING_BYTES,
        bufferBytes,
        "",
        onPacket,
        false,
        BUFFER_TIMEOUT_MILLIS,
        onWarning,
        false,
      ),
    );
    this.packet.linkType = this.linkType;
    this.isLoopback = type === "live" && source === "lo";
  }

  /**
   * Hands over what waits: "drained" when nothing waits any more, "failed" when the device or the file gives no more,
   * "closed" when it was closed. Rethrows what the handler throws, with the session closed. Not to be called from it.
   */
  dispatch(): "drained" | "failed" | "closed" {
    if (this.state !== "open") return "closed";
    this.state = "dispatching";
    const result = this.native.dispatch(this.data, this.header);
    const isClosed = result === -2 || this.isClosing();
    this.state = isClosed ? "closed" : "open";
    if (this.failure !== null) throw this.failure.error;
    return isClosed ? "closed" : result < 0 ? "failed" : "drained";
  }

  /** Frees the handle, from within the handler too. Idempotent. */
  close(): void {
    if (this.state === "dispatching") {
      this.state = "closing";
      this.native.close();
    } else if (this.state === "open") {
      this.readKernel();
      this.state = "closing";
      this.native.close();
      // The loop notices only here that it is to end, and frees the handle then; packets that come before are passed over.
      this.native.dispatch(this.data, this.header);
      this.state = "closed";
    }
  }

  /** What the kernel has counted; after the end, what it had counted last. Of a file only what was handed over. */
  counters(): KernelCounters {
    const left = this.shareOf(this.waitingFrames());
    const dropped = Math.round(this.dropped);
    return { received: this.handed + dropped + left, dropped, left, interfaceDropped: this.kernel.interfaceDropped };
  }

  /** Frames in the ring that the kernel has counted by now: no more than so many were received and not handed over. */
  waitingFrames(): number {
    if (this.state !== "closed") this.readKernel();
    const { received, dropped } = this.kernel;
    return Math.max(0, received - dropped - this.handed - this.loopbackFrames);
  }

  /** Of so many frames as the kernel counts them, those that are handed over, going by what was: of the loopback's one of two. */
  shareOf(frames: number): number {
    return Math.round(this.handedShare() * frames);
  }

  private handedShare(): number {
    return this.handed === 0 ? 1 : this.handed / (this.handed + this.loopbackFrames);
  }

  private readKernel(): void {
    try {
      const before = this.kernel.dropped;
      this.kernel.update(this.native.stats());
      this.dropped += (this.kernel.dropped - before) * this.handedShare();
    } catch {
      // A file has no statistics, and an interface that is gone has none any more.
    }
  }

  private isClosing(): boolean {
    return this.state === "closing";
  }

  private receive(): void {
    if (this.state !== "dispatching") return;
    const { packet, headerWords } = this;
    const captureLength = headerWords[2] ?? 0;
    packet.timeMicros = (headerWords[0] ?? 0) * 1e6 + (headerWords[1] ?? 0);
    // The binding copies no more than the buffer holds, but says the whole length.
    packet.captureLength = captureLength < this.data.length ? captureLength : this.data.length;
    packet.length = headerWords[3] ?? 0;
    this.handed++;
    if (this.isLoopback || (packet.linkType === LinkType.linuxSll && isFromLoopback(this.data))) this.loopbackFrames++;
    try {
      this.handler(packet);
    } catch (error) {
      // Through the binding it would end the process.
      this.failure = { error };
      this.close();
    }
  }
}

/** A cooked header's hardware type, ARPHRD_LOOPBACK. https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html */
function isFromLoopback(data: Buffer): boolean {
  return data[3] === 0x04 && data[2] === 0x03;
}

/** The kernel's own counts, which begin anew after 32 bits. */
class KernelFigures {
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

function loadBinding(): { readonly PcapSession: new () => NativeSession } {
  if (!isMainThread) throw new Error("pcap may be loaded by the main thread only");
  try {
    return createRequire(import.meta.url)("pcap/build/Release/pcap_binding");
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new CaptureError(
      `libpcap cannot be loaded (${reason}); install libpcap0.8 and libpcap0.8-dev, then run npm rebuild pcap`,
    );
  }
}

const LINK_TYPES: Readonly<Record<string, number>> = {
  LINKTYPE_NULL: LinkType.null,
  LINKTYPE_ETHERNET: LinkType.ethernet,
  LINKTYPE_IEEE802_11_RADIO: 127,
  LINKTYPE_RAW: LinkType.raw,
  LINKTYPE_LINUX_SLL: LinkType.linuxSll,
};

/** The binding has five names and for all others "Unknown linktype <number>", where DLT_* and LINKTYPE_* agree. */
function linkTypeNumber(name: string): number {
  return LINK_TYPES[name] ?? Number(/\d+$/.exec(name)?.[0] ?? -1);
}
