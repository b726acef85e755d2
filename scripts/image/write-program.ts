// EDGE: fs
// First half of the image: the bundled program as it is on every platform. Runs in the Dockerfile, after the compiler.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleImageProgram } from "../bundle/image-program.ts";
import { optionsOf } from "../options.ts";
import { bundledPackages, noticesOf } from "./bundled-packages.ts";

const USAGE = `Usage: node dist/scripts/image/write-program.js --out FOLDER --packages FILE
  --out       write the program to FOLDER: dist/bin, package.json and licenses
  --packages  write the npm packages that it holds to FILE, for write-sbom.js
Exit codes: 0 written; 1 not; 2 a wrong option`;

const { out, packages: packagesFile } = optionsOf(USAGE, {
  out: { type: "string", default: "" },
  packages: { type: "string", default: "" },
});
const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");

mkdirSync(join(out, "licenses"), { recursive: true });
const modules = await bundleImageProgram(root, join(out, "dist/bin"));
// The addon is made of these two.
const packages = bundledPackages(root, modules, ["node_modules/pcap", "node_modules/nan"]);
writeFileSync(packagesFile, JSON.stringify(packages.map(({ name, version, license }) => ({ name, version, license }))));
writeFileSync(join(out, "licenses/npm.txt"), noticesOf(packages));
copyFileSync(join(root, "LICENSE"), join(out, "licenses/wirespan.txt"));
const { name, version, type, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
writeFileSync(join(out, "package.json"), `${JSON.stringify({ name, version, type, license }, null, 2)}\n`);
