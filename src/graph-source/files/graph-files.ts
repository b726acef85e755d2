// EDGE: reads files and standard input.
import { createReadStream } from "node:fs";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { readGraphFile } from "../../graph/file/read-graph-file.ts";
import { mergeGraphs } from "../../graph/merge.ts";
import { partSentence } from "../../graph/observations.ts";
import { ConfigError } from "../../model/errors.ts";
import type { ServiceGraph } from "../../model/service-graph.ts";
import { checkDistinctFiles } from "../../output/files/distinct-files.ts";
import { printMessage, type Report } from "../../output/stderr.ts";
import { gapsText } from "../../render/labels/observation-gaps.ts";

const STANDARD_INPUT = "-";
const GZIP = [0x1f, 0x8b];

/**
 * The graph of graph files, optionally gzipped, merged; `-` is standard input. `report` takes when its nodes were not
 * observed, and whether it is only a part. None of the files may be `output`. Throws ConfigError.
 */
export async function readGraphFiles(
  paths: readonly string[],
  { output, report = printMessage }: { readonly output?: string | undefined; readonly report?: Report } = {},
): Promise<ServiceGraph> {
  checkDistinctFiles({ output }, paths);
  const graphs: ServiceGraph[] = [];
  // One after the other: two large files at once would take twice the memory.
  for (const path of paths) graphs.push(await readOne(path));
  const graph = mergeGraphs(graphs);
  for (const sentence of [partSentence(graph), gapsText(graph.observed)]) if (sentence !== null) report(sentence);
  return graph;
}

async function readOne(path: string): Promise<ServiceGraph> {
  const name = path === STANDARD_INPUT ? "standard input" : path;
  try {
    return await readGraphFile(inflated(path === STANDARD_INPUT ? process.stdin : createReadStream(path)), name);
  } catch (error) {
    throw error instanceof ConfigError ? error : unreadable(name, error as NodeJS.ErrnoException);
  }
}

/** The bytes, inflated if they are gzip. */
async function* inflated(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks = bytes[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
    head = Buffer.concat([head, next.value]);
    if (head.length >= GZIP.length) break;
  }
  const whole = rest(head, chunks);
  yield* GZIP.every((byte, i) => head[i] === byte) ? gunzipped(whole) : whole;
}

async function* rest(head: Uint8Array, chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
}

function gunzipped(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const gunzip = createGunzip();
  // An error of either stream ends the other, and reaches who iterates.
  pipeline(Readable.from(chunks), gunzip, () => {});
  return gunzip;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "does not exist; check the path",
  EACCES: "is not readable for this user; check its permissions",
  EISDIR: "is a directory; pass a file in it",
  Z_BUF_ERROR: "is a truncated gzip file; copy it again",
  Z_DATA_ERROR: "is a damaged gzip file; copy it again",
};

function unreadable(name: string, error: NodeJS.ErrnoException): ConfigError {
  const reason = REASONS[error.code ?? ""] ?? `cannot be read (${error.code ?? error.message}); check the path`;
  return new ConfigError(`graph ${name} ${reason}`, { cause: error });
}
