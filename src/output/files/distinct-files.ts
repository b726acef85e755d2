// EDGE: reads file metadata
import { lstatSync, readlinkSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { ConfigError } from "../../model/errors.ts";

export interface WrittenFiles {
  readonly output?: string | undefined;
  readonly stats?: string | undefined;
  readonly clusterLog?: string | undefined;
  readonly defaultDeny?: string | undefined;
}

const STANDARD_STREAM = "-";
const STANDARD_INPUT: readonly (string | undefined)[] = [STANDARD_STREAM, "/dev/stdin"];
/** Linux follows at most 40. */
const MAX_LINKS = 40;

/**
 * Rejects standard input as two inputs, an output that overwrites an input, and two outputs to one file, also through
 * symbolic and hard links. Throws ConfigError.
 */
export function checkDistinctFiles(
  { output, stats, clusterLog, defaultDeny }: WrittenFiles,
  inputs: readonly (string | undefined)[],
): void {
  if (inputs.filter((path) => STANDARD_INPUT.includes(path)).length > 1) {
    throw new ConfigError("standard input can be read only once; use files for the other inputs");
  }
  const taken = new Map<string, string>();
  for (const path of inputs) if (isFile(path)) taken.set(identity(path), `the input ${path}`);
  for (const [option, path] of [
    ["-o", output],
    ["--stats", stats],
    ["--cluster-log", clusterLog],
    ["--default-deny", defaultDeny],
  ] as const) {
    if (!isFile(path)) continue;
    const other = taken.get(identity(path));
    if (other !== undefined) throw new ConfigError(`${option} ${path} would overwrite ${other}; choose another file`);
    taken.set(identity(path), `the file of ${option}`);
  }
}

/** Devices and pipes can be written twice, and so can directories: they get files of different names. */
function isFile(path: string | undefined): path is string {
  return path !== undefined && path !== STANDARD_STREAM && !path.endsWith("/") && statOf(path)?.isFile() !== false;
}

/** Device and inode of an existing file, otherwise its path with links resolved. */
function identity(path: string): string {
  const stat = statOf(path);
  return stat === undefined ? resolvedPath(path, MAX_LINKS) : `${stat.dev} ${stat.ino}`;
}

/** Undefined if there is no such file, and on errors: opening the file then reports them. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function resolvedPath(path: string, links: number): string {
  try {
    if (links > 0 && lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
      return resolvedPath(resolve(dirname(path), readlinkSync(path)), links - 1);
    }
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    return resolve(path);
  }
}
