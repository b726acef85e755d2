import { jsonText } from "../../text/visible-text.ts";
import { Output, OutputError } from "./output.ts";
import { checkReplaceable, replaceFile } from "./replaced-file.ts";

/** Rejects a path that cannot be written, before the command starts. Throws ConfigError. */
export function checkStatsPath(path: string | undefined): void {
  if (path !== undefined && path !== "-") checkReplaceable("--stats", path);
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
    replaceFile(path, [text]);
  } catch (error) {
    throw new OutputError("counters", path, "--stats", error);
  }
}
