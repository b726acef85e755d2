// EDGE: fs, process
// Checks images against the requirements of docs/image.md. The release runs it on what it is about to publish.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { optionsOf } from "../options.ts";
import { breachesOf, compressedBytes, SBOM, unpackedBytes } from "./image-requirements.ts";
import { type Image, readOciArchive } from "./oci-archive.ts";

const USAGE = `Usage: node dist/scripts/image/check-image.js --archive FILE [--sboms FOLDER]
  --archive  an OCI archive; each of its platforms is checked
  --sboms    write the software bill of materials of each platform to FOLDER, named by the digest that it describes
Exit codes: 0 every requirement is met; 1 one is not; 2 invalid option`;

const given = optionsOf(USAGE, {
  archive: { type: "string", default: "" },
  sboms: { type: "string", default: "" },
});
if (given.archive === "") {
  console.error(`--archive is missing\n\n${USAGE}`);
  process.exit(2);
}
for (const image of readOciArchive(given.archive)) {
  console.log(`${image.platform} ${image.digest}: ${sizesOf(image)}`);
  const breaches = breachesOf(image);
  for (const breach of breaches) console.log(`  it ${breach}`);
  if (breaches.length > 0) process.exitCode = 1;
  else if (given.sboms !== "") writeSbom(image, given.sboms);
}

function sizesOf(image: Image): string {
  const mebibytes = (unpackedBytes(image) / 2 ** 20).toFixed(1);
  return `${mebibytes} MiB unpacked, ${(compressedBytes(image) / 1e6).toFixed(1)} MB compressed`;
}

function writeSbom({ digest, files }: Image, folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${digest.replace(":", "-")}.spdx.json`), files.get(SBOM)?.data ?? "");
}
