// EDGE: looks at the capture files before any work is done.
import { type Stats, statSync } from "node:fs";
import { openCaptureFile } from "../capture/capture-file.ts";
import { ConfigError } from "../model/errors.ts";

/** The captures of one node; null: of no node in particular. */
export interface NodeFiles {
  readonly node: string | null;
  readonly files: readonly string[];
}

export interface CaptureArguments {
  readonly files: readonly string[];
  readonly capture?: readonly string[];
  readonly node?: string;
}

/** Which files belong to which node. Throws ConfigError. */
export function groupByNode({ files, capture = [], node }: CaptureArguments): NodeFiles[] {
  if (capture.length === 0) {
    if (files.length === 0) {
      throw new ConfigError(
        "no capture file is given; write wirespan replay FILE, or --capture NODE=FILE for each node",
      );
    }
    return [{ node: node ?? null, files: files.map(pathOf) }];
  }
  if (files.length > 0 || node !== undefined) {
    throw new ConfigError("--capture NODE=FILE names node and file; leave out --node and the files given besides");
  }
  const byNode = new Map<string, string[]>();
  for (const text of capture) {
    const equals = text.indexOf("=");
    const [name, file] = [text.slice(0, equals), text.slice(equals + 1)];
    if (equals < 1 || file === "") {
      throw new ConfigError(`--capture ${JSON.stringify(text)} is not NODE=FILE; write it like worker-1=worker-1.pcap`);
    }
    byNode.set(name, [...(byNode.get(name) ?? []), pathOf(file)]);
  }
  return [...byNode].map(([name, ofNode]) => ({ node: name, files: ofNode }));
}

/** `-` is standard input: tcpdump -w - | wirespan replay - */
function pathOf(file: string): string {
  return file === "-" ? "/dev/stdin" : file;
}

/**
 * Sizes of the files, 0 where it cannot be known. Opens each, so that a mistake in the last name does not show after
 * the first file was read; a pipe or a socket can be opened only once, and is left alone. Throws CaptureError.
 */
export function checkCaptures(paths: readonly string[]): number[] {
  return paths.map((path) => {
    const stat = statOf(path);
    if (stat?.isFIFO() || stat?.isSocket() || stat?.isCharacterDevice()) return 0;
    openCaptureFile(path).close();
    return stat?.size ?? 0;
  });
}

/** Undefined where it cannot be looked at: opening it then says why. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
