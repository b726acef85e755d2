// EDGE: writes the file of --stats
import { accessSync, constants, statSync } from "node:fs";
import { dirname } from "node:path";
import { ConfigError } from "../../model/errors.ts";
import { jsonText } from "../../text/visible-text.ts";
import { Output, OutputError, unwritableFile } from "./output.ts";
import { replaceFile } from "./replaced-file.ts";

/** Rejects a path that cannot be written, before the command starts. Throws ConfigError. */
export function checkStatsPath(path: string | undefined): void {
  if (path === undefined || path === "-") return;
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory()) throw unwritableFile("--stats", path, "it is a directory");
    if (stat?.isSocket()) throw unwritableFile("--stats", path, "it is a socket");
    // A device or a pipe is written to; a file is replaced, which needs a writable directory.
    if (stat?.isFile() === false) accessSync(path, constants.W_OK);
    else accessSync(dirname(path), constants.W_OK | constants.X_OK);
  } catch (error) {
    throw error instanceof ConfigError
      ? error
      : unwritableFile("--stats", path, (error as NodeJS.ErrnoException).code ?? "");
  }
}

/** Writes counters as one line of JSON, atomically; `-` is standard output. Throws OutputError. */
export function writeStats(path: string, stats: object): void {
  const text = `${jsonText(stats)}\n`;
  if (path === "-") {
    const output = new Output("-");
    output.write(text);
    output.close();
    return;
  }
  try {
    replaceFile(path, text);
  } catch (error) {
    throw new OutputError("counters", path, "--stats", error);
  }
}
