// EDGE: pcap (through pcap-session), fs
import { existsSync } from "node:fs";
import { CaptureError } from "../../model/errors.ts";
import { LinkType, type PacketHandler } from "../../model/packet.ts";
import { BUFFER_TIMEOUT_MILLIS, type KernelCounters, PcapSession } from "./pcap-session.ts";

/** Interval between reads of the ring, which holds far more than the frames of this time. The kernel adds BUFFER_TIMEOUT_MILLIS. */
const DISPATCH_MILLIS = 50;

interface LiveCaptureOptions {
  /** Name of an interface, or `any`. */
  readonly device: string;
  /** A pcap-filter expression; see `captureFilter`. */
  readonly filter: string;
  /** Packets stay in the kernel's ring until `run` is called. */
  readonly isHeld?: boolean;
}

interface LiveCaptureHandlers {
  packet: PacketHandler;
  /**
   * The ring is empty. Called after each read of the ring, every 50 ms on an idle link. `lookMillis`: the clock before that read; a
   * process without a free CPU may be called much later, and the ring has packets of that time.
   */
  drained(lookMillis: number): void;
  /** The device delivers no more packets; the capture is closed. */
  failed(error: CaptureError): void;
}

export interface LiveCapture {
  readonly linkType: number;
  /** Starts the delivery of packets, where the capture was opened held. */
  run(): void;
  /** The kernel's counters, now or at the end of the capture. */
  counters(): KernelCounters;
  /** The longest time without a return to the event loop since the previous call of this method. */
  longestDispatchMillis(): number;
  /** Closes the capture; no handler is called afterwards. Idempotent. */
  stop(): void;
  /**
   * Stops the delivery; frames stay in the ring until `run`. From the handler, only closing the capture ends the delivery.
   * An idle capture is better paused than closed: libpcap frees a closed one with the next frame.
   */
  pause(): void;
  readonly isClosed: boolean;
  /**
   * Delivers the frames received until now, for at most `millis`, then pauses and calls `done`. For `done`, frames received
   * later are not counted, and frames not delivered in time count as `left`. May be called from the handler.
   */
  drain(millis: number, done: () => void): void;
}

/**
 * Captures from a device until stopped, without promiscuous mode. Throws `CaptureError` when the device cannot be opened.
 * The handler is called without a return to the event loop for as long as the ring has packets.
 */
export function startLiveCapture(options: LiveCaptureOptions, handlers: LiveCaptureHandlers): LiveCapture {
  return new DeviceCapture(options, handlers);
}

/** A capture that is about to end. */
interface Drain {
  /** Number of the last frame that had been received when the drain began. */
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
  #isDispatching = false;
  #isClosed = false;
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

  get isClosed(): boolean {
    return this.#isClosed;
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
    this.#timer = undefined;
    this.#isClosed = true;
    this.#session.close();
  }

  #forgetDrain(): void {
    this.#drain = null;
    this.#last = null;
  }

  pause(): void {
    if (this.#isDispatching) {
      this.stop();
    } else {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  drain(millis: number, done: () => void): void {
    if (this.#drain !== null) return;
    this.run();
    const { dropped } = this.#session.counters();
    const lastFrame = this.#session.delivered + this.#session.waitingFrames();
    const startMillis = performance.now();
    this.#drain = { lastFrame, dropped, startMillis, endMillis: startMillis + millis, done };
    this.#checkDrain(this.#drain);
  }

  #dispatch(): void {
    const startMillis = performance.now();
    const lookMillis = Date.now();
    this.#isDispatching = true;
    const result = this.#session.dispatch();
    this.#isDispatching = false;
    this.#longestMillis = Math.max(this.#longestMillis, performance.now() - startMillis);
    switch (result) {
      case "drained":
        this.#handlers.drained(lookMillis);
        if (this.#drain !== null) this.#checkDrain(this.#drain, true);
        return;
      case "failed":
        this.stop();
        this.#handlers.failed(
          new CaptureError(
            `the capture on ${this.#options.device} ended because the interface is gone; restore it or select another one with --device`,
          ),
        );
        return;
      case "closed":
        clearInterval(this.#timer);
    }
  }

  /** `isEmpty`: the ring was empty at this read. The kernel may still hold the frames of a block that is not full. */
  #checkDrain({ lastFrame, dropped, startMillis, endMillis, done }: Drain, isEmpty = false): void {
    if (this.#last !== null) return;
    const { delivered } = this.#session;
    const nowMillis = performance.now();
    const isWhole = delivered >= lastFrame || (isEmpty && nowMillis - startMillis > 2 * BUFFER_TIMEOUT_MILLIS);
    if (!isWhole && nowMillis < endMillis) return;
    const left = isWhole ? 0 : this.#session.shareOf(lastFrame - delivered);
    const { interfaceDropped } = this.#session.counters();
    this.#last = { received: delivered + dropped + left, dropped, left, interfaceDropped };
    this.pause();
    // Not from within the handler, which libpcap calls.
    setImmediate(() => {
      done();
      if (!this.#isClosed) this.#forgetDrain();
    });
  }
}

/**
 * Reads a capture file through libpcap with a filter, as a live device is read: for benchmarks of the live path and for
 * tests of the filter. Returns at the end of the file; throws `CaptureError` when it cannot be read.
 */
export function readThroughLibpcap(path: string, filter: string, handler: PacketHandler): void {
  const session = openSession("offline", path, filter, handler);
  try {
    if (session.dispatch() === "failed")
      throw new CaptureError(`libpcap cannot read ${path} to its end; record it again`);
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
    `${options.device} has link type ${session.linkType}, which wirespan does not decode; use --device any`,
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

/** The list of the image's content, beside dist/bin; no other installation has one. */
const IMAGE_CONTENT = new URL("../../sbom.spdx.json", import.meta.url);
const MISSING_RIGHT = existsSync(IMAGE_CONTENT)
  ? "CAP_NET_RAW is missing; add it to the container's securityContext.capabilities, and keep the image's entry point, which passes it on to node"
  : "CAP_NET_RAW is missing; run as root, or run setcap cap_net_raw+ep on the node binary";

/** Error messages of several versions of libpcap, and what to do. */
const EXPLANATIONS: readonly [RegExp, string][] = [
  [/permi|CAP_NET_RAW|not permitted/i, MISSING_RIGHT],
  [
    /no such device|doesn't exist|SIOCGIFHWADDR|SIOCGIFINDEX/i,
    "the interface does not exist; see `ip link`, or use --device any",
  ],
  [/not up|is down|network is down/i, "the interface is down; set it up with `ip link set up`, or use --device any"],
];

function explanation(reason: string): string {
  for (const [pattern, text] of EXPLANATIONS) if (pattern.test(reason)) return text;
  return `${reason || "libpcap reports no reason"}; check the device and the filter`;
}
