// EDGE: pcap (through pcap-session)
import { CaptureError } from "../model/errors.ts";
import { LinkType, type PacketHandler } from "../model/packet.ts";
import { BUFFER_TIMEOUT_MILLIS, type KernelCounters, PcapSession } from "./pcap-session.ts";

/** How often the ring is looked at: it holds far more than this at any rate, and an idle link costs next to nothing. */
const DISPATCH_MILLIS = 10;

export interface LiveCaptureOptions {
  /** Name of an interface, or `any`. */
  readonly device: string;
  /** In libpcap's language; see `captureFilter`. */
  readonly filter: string;
  /** Packets wait in the kernel's ring until `run` is called. */
  readonly isHeld?: boolean;
}

export interface LiveCaptureHandlers {
  packet: PacketHandler;
  /** Nothing waits any more: called after each look at the ring, every 10 ms on an idle link. */
  drained(): void;
  /** The device gives no more packets: the capture is closed. */
  failed(error: CaptureError): void;
}

export interface LiveCapture {
  readonly linkType: number;
  /** Begins to hand packets over, where the capture was opened held. */
  run(): void;
  /** What the kernel counted, up to now or up to the end. */
  counters(): KernelCounters;
  /** The longest time without a return to the event loop since the last call. */
  longestDispatchMillis(): number;
  /** Closes the capture; nothing is called afterwards. Idempotent. */
  stop(): void;
  /**
   * Hands over what was received until now, for at most so long, then closes the capture and calls `done`. Frames that
   * come later do not count; those that it did not come to are `left` in the counters. May be called from the handler.
   */
  drain(millis: number, done: () => void): void;
}

/**
 * Captures from a device until it is stopped, without promiscuous mode.
 * Throws `CaptureError` when the device cannot be opened. While packets keep coming the handler is called again and
 * again without a return to the event loop.
 */
export function startLiveCapture(options: LiveCaptureOptions, handlers: LiveCaptureHandlers): LiveCapture {
  return new DeviceCapture(options, handlers);
}

/** The rest of a capture that was asked to end. */
interface Drain {
  /** Of what had been received by then, no frame beyond this number. */
  readonly lastFrame: number;
  readonly dropped: number;
  readonly startMillis: number;
  readonly endMillis: number;
  readonly done: () => void;
}

class DeviceCapture implements LiveCapture {
  readonly linkType: number;
  readonly #session: PcapSession;
  readonly #options: LiveCaptureOptions;
  readonly #handlers: LiveCaptureHandlers;
  #timer: NodeJS.Timeout | undefined;
  #longestMillis = 0;
  #drain: Drain | null = null;
  #last: KernelCounters | null = null;

  constructor(options: LiveCaptureOptions, handlers: LiveCaptureHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#session = openDevice(options, (packet) => {
      handlers.packet(packet);
      if (this.#drain !== null) this.#checkDrain(this.#drain);
    });
    this.linkType = this.#session.linkType;
    if (options.isHeld !== true) this.run();
  }

  run(): void {
    this.#timer ??= setInterval(() => this.#dispatch(), DISPATCH_MILLIS);
  }

  counters(): KernelCounters {
    return this.#last ?? this.#session.counters();
  }

  longestDispatchMillis(): number {
    const millis = this.#longestMillis;
    this.#longestMillis = 0;
    return millis;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#session.close();
  }

  drain(millis: number, done: () => void): void {
    if (this.#drain !== null) return;
    const { dropped } = this.#session.counters();
    const lastFrame = this.#session.handed + this.#session.waitingFrames();
    const startMillis = performance.now();
    this.#drain = { lastFrame, dropped, startMillis, endMillis: startMillis + millis, done };
    this.#checkDrain(this.#drain);
  }

  #dispatch(): void {
    const startMillis = performance.now();
    const result = this.#session.dispatch();
    this.#longestMillis = Math.max(this.#longestMillis, performance.now() - startMillis);
    switch (result) {
      case "drained":
        this.#handlers.drained();
        if (this.#drain !== null) this.#checkDrain(this.#drain, true);
        return;
      case "failed":
        this.stop();
        this.#handlers.failed(
          new CaptureError(
            `the capture on ${this.#options.device} broke off: the interface is gone; bring it back or choose another with --device`,
          ),
        );
        return;
      case "closed":
        clearInterval(this.#timer);
    }
  }

  /** `isEmpty`: nothing was there to be handed over just now, but the kernel may keep back what is younger than a block. */
  #checkDrain({ lastFrame, dropped, startMillis, endMillis, done }: Drain, isEmpty = false): void {
    if (this.#last !== null) return;
    const { handed } = this.#session;
    const nowMillis = performance.now();
    const isWhole = handed >= lastFrame || (isEmpty && nowMillis - startMillis > 2 * BUFFER_TIMEOUT_MILLIS);
    if (!isWhole && nowMillis < endMillis) return;
    const left = isWhole ? 0 : this.#session.shareOf(lastFrame - handed);
    const { interfaceDropped } = this.#session.counters();
    this.#last = { received: handed + dropped + left, dropped, left, interfaceDropped };
    this.stop();
    // Not from within the handler: libpcap is still at work there.
    setImmediate(done);
  }
}

/**
 * Reads a capture file through libpcap, filter included, as a live device would be read: for measurements of the
 * live path and for tests of the filter. Returns when all is read; throws `CaptureError` when it cannot be.
 */
export function readThroughLibpcap(path: string, filter: string, handler: PacketHandler): void {
  const session = openSession("offline", path, filter, handler);
  try {
    if (session.dispatch() === "failed") throw new CaptureError(`libpcap cannot read ${path} on; record it again`);
  } finally {
    session.close();
  }
}

function openDevice(options: LiveCaptureOptions, handler: PacketHandler): PcapSession {
  const session = openSession("live", options.device, options.filter, handler);
  const known: readonly number[] = Object.values(LinkType);
  if (known.includes(session.linkType)) return session;
  session.close();
  throw new CaptureError(
    `${options.device} has link type ${session.linkType}, which cannot be decoded; use --device any`,
  );
}

function openSession(type: "live" | "offline", source: string, filter: string, handler: PacketHandler): PcapSession {
  try {
    return new PcapSession(type, source, filter, handler);
  } catch (error) {
    if (error instanceof CaptureError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CaptureError(`cannot capture from ${source}: ${explanation(reason)}`);
  }
}

/** libpcap's reasons as texts of several versions, with what to do. */
const EXPLANATIONS: readonly [RegExp, string][] = [
  [
    /permi|CAP_NET_RAW|not permitted/i,
    "it needs CAP_NET_RAW; run as root, or setcap cap_net_raw+ep on the node binary",
  ],
  [
    /no such device|doesn't exist|SIOCGIFHWADDR|SIOCGIFINDEX/i,
    "there is no such interface; see `ip link`, or use --device any",
  ],
  [/not up|is down|network is down/i, "the interface is down; `ip link set up` it, or use --device any"],
];

function explanation(reason: string): string {
  for (const [pattern, text] of EXPLANATIONS) if (pattern.test(reason)) return text;
  return `${reason || "libpcap gives no reason"}; check the device and the filter`;
}
