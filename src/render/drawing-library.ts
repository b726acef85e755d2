// EDGE: fs, reads the drawing library that the HTML map carries
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

/** Cytoscape.js as one script (MIT licence, its notice kept inside), for a page that needs no network. */
export async function drawingLibrary(): Promise<string> {
  return readFile(createRequire(import.meta.url).resolve("cytoscape/dist/cytoscape.min.js"), "utf8");
}
