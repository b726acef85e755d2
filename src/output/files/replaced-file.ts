// EDGE: writes a file
import { randomUUID } from "node:crypto";
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { ConfigError } from "../../model/errors.ts";
import { unwritableFile } from "./output.ts";

/** Rejects the path of `option` that cannot be replaced, before the command starts. Throws ConfigError. */
export function checkReplaceable(option: string, path: string): void {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory()) throw unwritableFile(option, path, "it is a directory");
    if (stat?.isSocket()) throw unwritableFile(option, path, "it is a socket");
    // A device or a pipe is written to; a file is replaced, which needs a writable directory.
    if (stat?.isFile() === false) accessSync(path, constants.W_OK);
    else accessSync(dirname(path), constants.W_OK | constants.X_OK);
  } catch (error) {
    throw error instanceof ConfigError
      ? error
      : unwritableFile(option, path, (error as NodeJS.ErrnoException).code ?? "");
  }
}

/** Whether the file can be replaced. */
export function canReplace(path: string): boolean {
  try {
    checkReplaceable("", linkTarget(path));
    return true;
  } catch {
    return false;
  }
}

/** The file that a symbolic link leads to; the path itself where there is no link. */
export function linkTarget(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/**
 * Replaces the content of a file atomically: readers see the old or the new text. The text is first written to a new
 * file in the same directory, under a random name that no existing file or link has. A device or a pipe is written to.
 * With `isSynced`, also where the machine fails and not only the process. Throws the errors of the file system.
 */
export function replaceFile(path: string, chunks: Iterable<string>, isSynced = false): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isFile() === false) {
    writeFileSync(path, [...chunks].join(""));
    return;
  }
  const temporary = join(dirname(path), `.${basename(path).slice(0, MAX_NAME)}.${randomUUID()}`);
  // O_EXCL: fails if the name exists, and follows no link.
  const descriptor = openSync(temporary, "wx");
  try {
    try {
      if (stat !== undefined) fchmodSync(descriptor, stat.mode & PERMISSIONS);
      for (const chunk of chunks) writeWhole(descriptor, Buffer.from(chunk));
      if (isSynced) fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** A file name has at most 255 bytes, and a character up to four. */
const MAX_NAME = 48;
const PERMISSIONS = 0o777;

function writeWhole(descriptor: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
}
