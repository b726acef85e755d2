// EDGE: writes a file
import { randomUUID } from "node:crypto";
import { closeSync, openSync, renameSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * Replaces the content of a file atomically: readers see the old or the new text. The text is first written to a new
 * file in the same directory, under a random name that no existing file or link has. A device or a pipe is written to.
 * Throws the errors of the file system.
 */
export function replaceFile(path: string, text: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) {
    writeFileSync(path, text);
    return;
  }
  const temporary = join(dirname(path), `.${basename(path).slice(0, MAX_NAME)}.${randomUUID()}`);
  // O_EXCL: fails if the name exists, and follows no link.
  const descriptor = openSync(temporary, "wx");
  try {
    try {
      writeWhole(descriptor, Buffer.from(text));
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

function writeWhole(descriptor: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
}
