// EDGE: pcap
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { isMainThread } from "node:worker_threads";
import { CaptureError } from "../../model/errors.ts";

/**
 * The native addon of npm `pcap` 3.1.0 (pcap_session.cc). Its public interface is not used, because it polls and allocates
 * per packet; therefore the version is pinned. What the addon expects of its caller is ensured in pcap-session.ts.
 */
export interface NativeSession {
  open_live(...options: OpenOptions): string;
  open_offline(...options: OpenOptions): string;
  /** Calls back until the ring is empty and returns 0; -1 on an error; -2 after `close`, with the handle freed. */
  dispatch(data: Buffer, header: Buffer): number;
  /** Calls pcap_breakloop. */
  close(): void;
  stats(): NativeStats;
}

export interface NativeStats {
  /** Frames that matched the filter, dropped ones included. */
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

const BUILD_TOOLS =
  "install g++, make, python3 and libpcap's headers (Debian: apt-get install g++ make python3 libpcap-dev)";

const require = createRequire(import.meta.url);

/**
 * The addon. pcap is an optional package, since only capturing needs it: npm leaves it out where it cannot be built.
 * Throws `CaptureError` with what is missing.
 */
export function loadAddon(): { readonly PcapSession: new () => NativeSession } {
  if (!isMainThread) throw new Error("only the main thread may load pcap");
  try {
    return require("pcap/build/Release/pcap_binding");
  } catch (error) {
    throw new CaptureError(problem(error as NodeJS.ErrnoException));
  }
}

function problem({ code, message }: NodeJS.ErrnoException): string {
  const [reason = ""] = message.split("\n");
  const folder = installedFolder();
  const rebuild = folder === null ? "install wirespan again" : `run npm rebuild pcap in ${folder}`;
  if (code === "MODULE_NOT_FOUND") {
    return folder === null
      ? `the npm package pcap is needed to capture, and npm left it out because it could not build it; ${BUILD_TOOLS}, then ${rebuild}`
      : `the npm package pcap is needed to capture, and npm has not built it; ${BUILD_TOOLS}, allow its install script, then ${rebuild}`;
  }
  if (/^libpcap\.\S+: cannot open/.test(reason)) {
    return `the library libpcap is needed to capture (${reason}); install it (Debian: apt-get install libpcap0.8)`;
  }
  return `the npm package pcap cannot be loaded (${reason}); ${BUILD_TOOLS}, then ${rebuild}`;
}

/** Folder whose node_modules holds pcap, built or not; null without it. */
function installedFolder(): string | null {
  try {
    return join(dirname(require.resolve("pcap/package.json")), "..", "..");
  } catch {
    return null;
  }
}
