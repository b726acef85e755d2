// EDGE: writes files
import { randomUUID } from "node:crypto";
import { closeSync, openSync, renameSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * Puts `text` in the place of a file's content: a reader sees the old or the new content, never half. Nothing else is
 * touched: the text is written first to a new file beside it, whose name cannot be there already, not even as a link.
 * A device or a pipe is written to. Throws what the file system says.
 */
export function replaceFile(path: string, text: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) {
    writeFileSync(path, text);
    return;
  }
  const temporary = join(dirname(path), `.${basename(path).slice(0, MAX_NAME)}.${randomUUID()}`);
  // O_EXCL: refuses whatever stands there, and follows no link.
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

/** A name may have 255 bytes; a character up to four. */
const MAX_NAME = 48;

function writeWhole(descriptor: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
}
