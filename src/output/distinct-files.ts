// EDGE: looks at files.
import { lstatSync, readlinkSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { ConfigError } from "../model/errors.ts";

export interface WrittenFiles {
  readonly output?: string | undefined;
  readonly stats?: string | undefined;
  readonly clusterLog?: string | undefined;
}

const STANDARD_STREAM = "-";
const STANDARD_INPUT: readonly (string | undefined)[] = [STANDARD_STREAM, "/dev/stdin"];
/** As many as Linux follows. */
const MAX_LINKS = 40;

/**
 * Refuses to read standard input twice, to write over what is read, or twice into one file: by any path, link or hard
 * link. Throws ConfigError.
 */
export function checkDistinctFiles(
  { output, stats, clusterLog }: WrittenFiles,
  inputs: readonly (string | undefined)[],
): void {
  if (inputs.filter((path) => STANDARD_INPUT.includes(path)).length > 1) {
    throw new ConfigError("standard input can be read only once; give all inputs but one as files");
  }
  const taken = new Map<string, string>();
  for (const path of inputs) if (isFile(path)) taken.set(identity(path), `the input ${path}`);
  for (const [option, path] of [
    ["-o", output],
    ["--stats", stats],
    ["--cluster-log", clusterLog],
  ] as const) {
    if (!isFile(path)) continue;
    const other = taken.get(identity(path));
    if (other !== undefined) throw new ConfigError(`${option} ${path} would write over ${other}; give another file`);
    taken.set(identity(path), `what ${option} writes`);
  }
}

/** Devices and pipes can be written twice. */
function isFile(path: string | undefined): path is string {
  return path !== undefined && path !== STANDARD_STREAM && statOf(path)?.isFile() !== false;
}

/** Device and inode where there is a file; where one is to be made, its place without links. */
function identity(path: string): string {
  const stat = statOf(path);
  return stat === undefined ? placeOf(path, MAX_LINKS) : `${stat.dev} ${stat.ino}`;
}

/** Undefined also where it may not be looked at: whoever opens it says so. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function placeOf(path: string, links: number): string {
  try {
    if (links > 0 && lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
      return placeOf(resolve(dirname(path), readlinkSync(path)), links - 1);
    }
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    return resolve(path);
  }
}
