// EDGE: reads package.json.
import { readFileSync } from "node:fs";

const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  readonly version: string;
};

/** wirespan's own version. */
export const VERSION = manifest.version;
