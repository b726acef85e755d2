// EDGE: opens the capture files
import { type Stats, statSync } from "node:fs";
import { openCaptureFile } from "../capture/capture-file.ts";
import { ConfigError } from "../model/errors.ts";

/** The captures of one node; `node` is null if no option names it. */
export interface NodeFiles {
  readonly node: string | null;
  readonly files: readonly string[];
}

interface CaptureArguments {
  readonly files: readonly string[];
  readonly capture?: readonly string[];
  readonly node?: string;
}

/** Groups the files by node. Throws ConfigError. */
export function groupByNode({ files, capture = [], node }: CaptureArguments): NodeFiles[] {
  if (capture.length === 0) {
    if (files.length === 0) {
      throw new ConfigError("no capture file to read; use wirespan replay FILE, or --capture NODE=FILE for each node");
    }
    return [{ node: node ?? null, files: files.map(pathOf) }];
  }
  if (files.length > 0 || node !== undefined) {
    throw new ConfigError("--capture cannot be combined with --node or FILE arguments; omit them");
  }
  const byNode = new Map<string, string[]>();
  for (const text of capture) {
    const equals = text.indexOf("=");
    const [name, file] = [text.slice(0, equals), text.slice(equals + 1)];
    if (equals < 1 || file === "") {
      throw new ConfigError(
        `invalid --capture ${JSON.stringify(text)}: expected NODE=FILE, such as worker-1=worker-1.pcap`,
      );
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
 * Sizes of the files in bytes, 0 if unknown. Opens each file, so that an error in the last one shows before the first
 * is read, except pipes and sockets, which can be opened only once. Throws CaptureError.
 */
export function checkCaptures(paths: readonly string[]): number[] {
  return paths.map((path) => {
    const stat = statOf(path);
    if (stat?.isFIFO() || stat?.isSocket() || stat?.isCharacterDevice()) return 0;
    openCaptureFile(path).close();
    return stat?.size ?? 0;
  });
}

/** Undefined on an error: opening the file then reports it. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
