// EDGE: the file of --stats
import { accessSync, constants, statSync } from "node:fs";
import { dirname } from "node:path";
import { ConfigError } from "../model/errors.ts";
import { jsonText } from "../text/visible-text.ts";
import { Output, OutputError } from "./output.ts";
import { replaceFile } from "./replaced-file.ts";

/** Refuses a path at which no file can be made, before any work is done. Throws ConfigError. */
export function checkStatsPath(path: string | undefined): void {
  if (path === undefined || path === "-") return;
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory()) throw unwritable(path, "it is a directory");
    if (stat?.isSocket()) throw unwritable(path, "it is a socket");
    // A device or a pipe is written to; a file is replaced in its folder.
    if (stat?.isFile() === false) accessSync(path, constants.W_OK);
    else accessSync(dirname(path), constants.W_OK | constants.X_OK);
  } catch (error) {
    throw error instanceof ConfigError ? error : unwritable(path, (error as NodeJS.ErrnoException).code ?? "");
  }
}

/**
 * Writes counters as one line of JSON; `-` is standard output. Whoever reads the file sees the old or the new ones,
 * never half. Throws OutputError.
 */
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

function unwritable(path: string, reason: string): ConfigError {
  return new ConfigError(
    `--stats ${path} cannot be written (${reason}); give a file in a folder that exists and is yours`,
  );
}
