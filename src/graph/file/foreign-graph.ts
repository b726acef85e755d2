import { excerpt, foreignFormatFault, wideEncodingOf } from "../../text/foreign-format.ts";
import { GRAPH_VERSION } from "./graph-file.ts";

const WRITE_AGAIN = "write a graph with wirespan snapshot";
export const LAID_OUT_AGAIN =
  "was laid out again by another program; a graph file has one node or edge a line, so write it again";
/** pcap in both byte orders, with microseconds and nanoseconds; pcapng. */
const CAPTURES = new Set(["a1b2c3d4", "d4c3b2a1", "a1b23c4d", "4d3cb2a1", "0a0d0d0a"]);

/**
 * Why a file that does not begin as a graph file of this version is none: completes its path, such as "graph.json is
 * empty; …". `head` has its first bytes.
 */
export function foreignGraphFault(head: Uint8Array, path: string): string {
  if (head.every((byte) => byte === 0 || byte === 9 || byte === 10 || byte === 13 || byte === 32)) {
    return `is empty; ${WRITE_AGAIN}`;
  }
  const bytes = Buffer.from(head);
  if (CAPTURES.has(bytes.toString("hex", 0, 4))) return "is a capture; make a graph of it with wirespan snapshot";
  const foreign = foreignFormatFault(head, path);
  if (foreign !== null) return foreign;
  const encoding = wideEncodingOf(head);
  if (encoding !== null) return `is encoded in ${encoding.name}; convert it to UTF-8, or write the graph with -o FILE`;
  const text = bytes.toString().replace(/^\ufeff/, "");
  const name = /^\s*\{\s*"wirespan"\s*:\s*"(\w+)"/.exec(text)?.[1];
  if (name === undefined) return `is not a graph file, it begins with ${excerpt(text)}; ${WRITE_AGAIN}`;
  if (name !== "graph") return `holds ${name}, not a graph; ${WRITE_AGAIN}`;
  const version = /^\s*\{\s*"wirespan"\s*:\s*"graph"\s*,\s*"version"\s*:\s*(\d+)/.exec(text)?.[1];
  if (version !== undefined && Number(version) !== GRAPH_VERSION) {
    return `is a graph of version ${version.slice(0, 20)}, and this wirespan reads version ${GRAPH_VERSION}; use the wirespan that wrote it, or a newer one`;
  }
  return LAID_OUT_AGAIN;
}
