// EDGE: fs
// Last step of the image's build stage: lists all that the image holds. Runs in the Dockerfile.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { optionsOf } from "../options.ts";
import { type Part, sbomOf } from "./sbom.ts";

const USAGE = `Usage: node dist/scripts/image/write-sbom.js OPTIONS
  --out       write the software bill of materials to FILE, SPDX 2.3 in JSON
  --program   folder that write-program.js wrote
  --packages  file that write-program.js wrote
  --debian    folder of the base image's dpkg records, one file a package
  --headers   Node's include folder, which says its version
  --libpcap   version of Debian's source package
  --created   Unix time in seconds
Exit codes: 0 written; 1 not; 2 a wrong option`;

const text = { type: "string", default: "" } as const;
const given = optionsOf(USAGE, {
  out: text,
  program: text,
  packages: text,
  debian: text,
  headers: text,
  libpcap: text,
  created: text,
});

const product = JSON.parse(readFileSync(join(given.program, "package.json"), "utf8"));
writeFileSync(
  given.out,
  sbomOf(npmPart(product), [...npmParts(), nodePart(), libpcapPart(), ...debianParts()], Number(given.created)),
);

function npmParts(): Part[] {
  return JSON.parse(readFileSync(given.packages, "utf8")).map(npmPart);
}

function npmPart({ name, version, license }: Omit<Part, "purl">): Part {
  return { name, version, license, purl: `pkg:npm/${name.replace("@", "%40")}@${version}` };
}

function nodePart(): Part {
  const header = readFileSync(join(given.headers, "node/node_version.h"), "utf8");
  const number = (part: string) => new RegExp(`#define NODE_${part}_VERSION (\\d+)`).exec(header)?.[1];
  const version = ["MAJOR", "MINOR", "PATCH"].map(number).join(".");
  const cpe = `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`;
  return { name: "node", version, license: "MIT", purl: `pkg:generic/node@${version}`, cpe };
}

function libpcapPart(): Part {
  const purl = `pkg:deb/debian/libpcap@${encodeURIComponent(given.libpcap)}?arch=source`;
  return { name: "libpcap", version: given.libpcap, license: "BSD-3-Clause", purl };
}

/** Of the base image; none where it is no Debian. */
function debianParts(): Part[] {
  const files = existsSync(given.debian) ? readdirSync(given.debian) : [];
  // Beside each record may lie the checksums of its files.
  const records = files.filter((file) => !file.endsWith(".md5sums")).sort();
  return records.map((file) => debianPart(readFileSync(join(given.debian, file), "utf8")));
}

function debianPart(record: string): Part {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(record)?.[1] ?? "";
  const [name, version] = [field("Package"), field("Version")];
  const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${field("Architecture")}`;
  return { name, version, license: "NOASSERTION", purl };
}
