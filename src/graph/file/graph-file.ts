// graph/file: the graph as a file, written and read. A line for each observation, node and edge, so that a diff shows edges,
// and large files are read and written line by line.
import { crc32 } from "node:zlib";
import type { StreamedGraph } from "../../model/service-graph.ts";
import { jsonText } from "../../text/visible-text.ts";
import { edgeFields } from "./edge-fields.ts";
import { nodeFields, observationFields } from "./node-fields.ts";

export const GRAPH_VERSION = 1;
/** The beginning of each graph file of this version. */
export const GRAPH_HEAD = `{"wirespan":"graph","version":${GRAPH_VERSION},`;
/** The lists of a graph file, in their order. */
export const SECTIONS = ["observed", "nodes", "edges"] as const;

const CHUNK_CHARACTERS = 1 << 16;

/** Adds a line to the checksum of the lines before it; the first has 0. CRC-32 of all lines, each with its line feed. */
export function addToChecksum(checksum: number, line: string | Uint8Array): number {
  return crc32("\n", crc32(line, checksum));
}

export function checksumText(checksum: number): string {
  return `crc32 ${checksum.toString(16).padStart(8, "0")}`;
}

/** The graph file in chunks of about 64 kB. Equal graphs give equal bytes. */
export function* graphFileChunks(graph: StreamedGraph): Generator<string> {
  let checksum = 0;
  let chunk = "";
  for (const line of lines(graph)) {
    checksum = addToChecksum(checksum, line);
    chunk += `${line}\n`;
    if (chunk.length < CHUNK_CHARACTERS) continue;
    yield chunk;
    chunk = "";
  }
  yield `${chunk}"checksum":"${checksumText(checksum)}"}\n`;
}

/** The whole graph file. */
export function graphFile(graph: StreamedGraph): string {
  return [...graphFileChunks(graph)].join("");
}

function* lines({ cluster, incomplete, observed, nodes, edges }: StreamedGraph): Generator<string> {
  yield `${GRAPH_HEAD}"cluster":${jsonText(cluster)},"incomplete":${jsonText(incomplete)},`;
  yield* list("observed", observed, observationFields);
  yield* list("nodes", nodes, nodeFields);
  yield* list("edges", edges, edgeFields);
}

function* list<T>(name: (typeof SECTIONS)[number], items: Iterable<T>, fields: (item: T) => object): Generator<string> {
  let last: string | null = null;
  for (const item of items) {
    yield last === null ? `"${name}":[` : `${last},`;
    last = jsonText(fields(item));
  }
  if (last === null) {
    yield `"${name}":[],`;
    return;
  }
  yield last;
  yield "],";
}
