// EDGE: fs
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** An npm package of which the image holds something. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX expression. */
  readonly license: string;
  /** Its own license and notice files, one behind the other. */
  readonly licenseText: string;
}

const PACKAGE_FOLDER = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/;
const LICENSE_FILE = /^(licen[cs]e|notice|copying)([.-](md|txt|mit|mit\.txt))?$/i;

/** The npm packages with one of these modules, and those in `folders`, by name and version. Paths are relative to `root`. */
export function bundledPackages(
  root: string,
  modules: readonly string[],
  folders: readonly string[],
): BundledPackage[] {
  const found = modules.map((path) => PACKAGE_FOLDER.exec(path)?.[0]).filter((folder) => folder !== undefined);
  const packages = [...new Set([...found, ...folders])].map((folder) => readPackage(join(root, folder)));
  return packages.sort((a, b) => compare(`${a.name}@${a.version}`, `${b.name}@${b.version}`));
}

function readPackage(folder: string): BundledPackage {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  if (typeof license !== "string") throw new Error(`${name} ${version} says no license: the image may not carry it`);
  const files = readdirSync(folder).filter((file) => LICENSE_FILE.test(file));
  const texts = files.sort(compare).map((file) => readFileSync(join(folder, file), "utf8").trim());
  return { name, version, license, licenseText: texts.join("\n\n") };
}

/** Every package with its license, as those licenses ask for. */
export function noticesOf(packages: readonly BundledPackage[]): string {
  const rule = "-".repeat(80);
  return packages
    .map(({ name, version, license, licenseText }) => `${rule}\n${name} ${version}: ${license}\n\n${licenseText}\n`)
    .join("\n");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
