// EDGE: fs
// Holds images against what docs/image.md promises. The release runs it on what it is about to publish.
import { readOciArchive } from "./oci-archive.ts";
import { breachesOf, compressedBytes, unpackedBytes } from "./promises.ts";

const USAGE =
  "Usage: node dist/scripts/image/check-image.js ARCHIVE...\n  ARCHIVE  an OCI archive; each of its platforms is checked\nExit codes: 0 all is as promised; 1 something is not; 2 no archive given";

const paths = process.argv.slice(2);
if (paths.length === 0 || paths.includes("--help")) {
  console.error(USAGE);
  process.exit(paths.length === 0 ? 2 : 0);
}
for (const path of paths) {
  for (const image of readOciArchive(path)) {
    const sizes = `${(unpackedBytes(image) / 2 ** 20).toFixed(1)} MiB, ${(compressedBytes(image) / 1e6).toFixed(1)} MB compressed`;
    console.log(`${image.platform} ${image.digest}: ${sizes}`);
    for (const breach of breachesOf(image)) {
      console.log(`  it ${breach}`);
      process.exitCode = 1;
    }
  }
}
