// EDGE: pcap (through pcap-session)
import { CaptureError } from "../model/errors.ts";
import { LinkType, type PacketHandler } from "../model/packet.ts";
import { type KernelCounters, PcapSession } from "./pcap-session.ts";

/** How often the ring is looked at: it holds far more than this at any rate, and an idle link costs next to nothing. */
const DISPATCH_MILLIS = 10;

export interface LiveCaptureOptions {
  /** Name of an interface, or `any`. */
  readonly device: string;
  /** In libpcap's language; see `captureFilter`. */
  readonly filter: string;
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
  /** What the kernel counted, up to now or up to the end. */
  counters(): KernelCounters;
  /** The longest time without a return to the event loop since the last call. */
  longestDispatchMillis(): number;
  /** Closes the capture; nothing is called afterwards. Idempotent. */
  stop(): void;
}

/**
 * Captures from a device until it is stopped, without promiscuous mode.
 * Throws `CaptureError` when the device cannot be opened. While packets keep coming the handler is called again and
 * again without a return to the event loop.
 */
export function startLiveCapture(options: LiveCaptureOptions, handlers: LiveCaptureHandlers): LiveCapture {
  const session = openDevice(options, handlers.packet);
  let longestMillis = 0;
  const timer = setInterval(() => {
    const startMillis = performance.now();
    const result = session.dispatch();
    longestMillis = Math.max(longestMillis, performance.now() - startMillis);
    switch (result) {
      case "drained":
        handlers.drained();
        return;
      case "failed":
        stop();
        handlers.failed(
          new CaptureError(
            `the capture on ${options.device} broke off: the interface is gone; bring it back or choose another with --device`,
          ),
        );
        return;
      case "closed":
        clearInterval(timer);
    }
  }, DISPATCH_MILLIS);
  const stop = (): void => {
    clearInterval(timer);
    session.close();
  };
  const longestDispatchMillis = (): number => {
    const millis = longestMillis;
    longestMillis = 0;
    return millis;
  };
  return { linkType: session.linkType, counters: () => session.counters(), longestDispatchMillis, stop };
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
