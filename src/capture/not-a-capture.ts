/** Describes a file that does not begin like a capture, and what to do about it. */
import { excerpt, FORMAT_HEAD_BYTES, foreignFormatFault, wideEncodingOf } from "../text/foreign-format.ts";
import { isText } from "./stray-text.ts";
import { hasTerminalLineEndings } from "./terminal-damage.ts";

/** How many bytes of the file are inspected. */
export const HEAD_BYTES = 8 << 10;

const TERMINAL_FIX = "run kubectl exec and ssh without -t, or write a file there and fetch it with kubectl cp";
const AS_FILE = "write it with tcpdump -w FILE where you capture, and fetch that file with kubectl cp or scp";
const CAPTURE_WANTED = "pass a pcap or pcapng file as tcpdump -w or Wireshark writes it";

/** pcap in both byte orders, with micro- and nanoseconds; pcapng, plain and with the line endings of a terminal; gzip. */
const CAPTURE_MAGICS: readonly Uint8Array[] = "d4c3b2a1 a1b2c3d4 4d3cb2a1 a1b23c4d 0a0d0d0a 0d0a0d0d0d0a 1f8b08"
  .split(" ")
  .map((digits) => new Uint8Array(Buffer.from(digits, "hex")));
/** In hexadecimal digits: a pcapng section header with changed line endings, which its first bytes are made to show. */
const CHANGED_PCAPNG = /^(?:0a|0d){3,8}(?:..){4}(?:1a2b3c4d|4d3c2b1a)/;
/** The same for a pcap header that was decoded as UTF-8 or Latin-1 text and encoded again. */
const CHANGED_PCAP = /^(?:efbfbdc3b2efbfbd|c394c383c2b2c2a1)/;
const OTHER_CAPTURES: readonly (readonly [magic: string, program: string])[] = [
  ["736e6f6f70000000", "snoop"],
  ["474d4255", "Network Monitor"],
];
const BASE64_BEGINS = /^(1MOyo|obLD1|TTyyo|obI8T|Cg0NC|H4sI)[\w+/=-]*$/m;

/** A predicate for a sentence that begins with `path`. `head`: the first bytes of the file, at most `HEAD_BYTES`. */
export function notACaptureFault(head: Uint8Array, path: string): string {
  if (head.length === 0) return "is empty; record it again";
  if (head.length < 4)
    return `is not a capture file, it has only ${head.length} byte${head.length === 1 ? "" : "s"}; record it again`;
  const digits = Buffer.from(head.subarray(0, FORMAT_HEAD_BYTES)).toString("hex");
  return (
    foreignFormatFault(head.subarray(0, FORMAT_HEAD_BYTES), path) ??
    changedFault(digits) ??
    otherCaptureFault(digits) ??
    textFault(head, path) ??
    `is not a capture file (it begins with ${digits.slice(0, 8)}); ${CAPTURE_WANTED}`
  );
}

function changedFault(digits: string): string | null {
  if (CHANGED_PCAPNG.test(digits))
    return `is a capture whose line endings were changed, as a terminal does; ${TERMINAL_FIX}`;
  if (CHANGED_PCAP.test(digits)) return `is a capture that was converted like text; ${AS_FILE}`;
  return null;
}

function otherCaptureFault(digits: string): string | null {
  const program = OTHER_CAPTURES.find(([magic]) => digits.startsWith(magic))?.[1];
  return program === undefined ? null : `is a capture of ${program}; convert it with editcap -F pcap`;
}

function textFault(head: Uint8Array, path: string): string | null {
  const wide = wideEncodingOf(head);
  if (wide !== null && wide.label !== null) {
    const text = new TextDecoder(wide.label).decode(head);
    return jsonFault(text, path) ?? `is ${wide.name} text, as PowerShell writes with >; ${AS_FILE}`;
  }
  const begin = captureAt(head);
  if (!isText(head.subarray(0, begin ?? head.length))) return null;
  const text = Buffer.from(head.subarray(0, begin ?? head.length)).toString("utf8");
  if (begin === null) return jsonFault(text, path) ?? wordsFault(text, path);
  const has = `has text before the capture (${excerpt(text)})`;
  const rest = head.subarray(begin);
  return hasTerminalLineEndings(rest) || CHANGED_PCAPNG.test(Buffer.from(rest).toString("hex"))
    ? `${has}, whose line endings were changed by a terminal; ${TERMINAL_FIX}`
    : `${has}; redirect only tcpdump's standard output, with 2>/dev/null, or remove the text with tail -c +${begin + 1} ${path}`;
}

/** Where a capture begins after other bytes; null where none does. */
function captureAt(head: Uint8Array): number | null {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.length);
  const found = CAPTURE_MAGICS.map((magic) => bytes.indexOf(magic)).filter((at) => at > 0);
  return found.length === 0 ? null : Math.min(...found);
}

/** For JSON: what it may be, and which option takes it. */
function jsonFault(text: string, path: string): string | null {
  const start = text.replace(/^\uFEFF/, "").trimStart();
  if (!/^[{[]/.test(start)) return null;
  if (/^\{"wirespan":"graph"/.test(start)) return `is a graph, not a capture; pass it with --graph ${path}`;
  if (/^\{"wirespan":/.test(start))
    return "is a result of wirespan, not a capture; pass the capture that it was made from";
  const [line = ""] = start.split("\n", 1);
  if (/"type":\s*"(ADDED|MODIFIED|DELETED|BOOKMARK)"/.test(line)) {
    return `is a log of cluster events, not a capture; pass it with --events ${path}`;
  }
  const isCluster = /"(apiVersion|kind|items)":/.test(start);
  return `is ${isCluster ? "a cluster file" : "JSON"}, not a capture; pass ${isCluster ? "it" : "a cluster file"} with --cluster ${path}`;
}

const WORDS: readonly (readonly [begins: RegExp, fault: string])[] = [
  [/^\s*(<!doctype html|<html)/i, "is an HTML page, as a failed download leaves it; fetch the file again"],
  [/^version https:\/\/git-lfs/, "is a Git LFS pointer; fetch the file itself with git lfs pull"],
  [/^\s*(0x)?0{4,8}:? /, "is a hex dump; undo it with xxd -r, or pass the original file"],
  [/^\d\d:\d\d:\d\d\.\d+ /, "is the text that tcpdump prints; write packets with tcpdump -w FILE"],
];

function wordsFault(text: string, path: string): string {
  const fault = WORDS.find(([begins]) => begins.test(text))?.[1];
  if (fault !== undefined) return fault;
  if (BASE64_BEGINS.test(text)) return `is a capture in base64; undo it with base64 -d ${path}`;
  return `is not a capture file but text (it begins with ${excerpt(text)}); ${CAPTURE_WANTED}`;
}

/** For a pcap file with a valid header: null where its first bytes show no damage by a terminal. */
export function terminalFault(head: Uint8Array): string | null {
  return hasTerminalLineEndings(head)
    ? `is a capture whose line endings were changed by a terminal; ${TERMINAL_FIX}`
    : null;
}
