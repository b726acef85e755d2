// The requirements of docs/image.md, on the archive that is built here.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import {
  ADDON,
  breachesOf,
  compressedBytes,
  LAUNCHER,
  SBOM,
  unpackedBytes,
} from "../../scripts/image/image-requirements.ts";
import type { Image } from "../../scripts/image/oci-archive.ts";
import { repositoryRoot } from "../support/paths.ts";
import { builtImage } from "./support/built-image.ts";

let image: Image;
before(async () => {
  image = await builtImage();
});

describe("the image's archive", () => {
  it("meets every requirement", () => {
    const sizes = `${unpackedBytes(image) >> 20} MiB, ${Math.round(compressedBytes(image) / 1e5) / 10} MB compressed`;
    console.log(`${image.platform} ${image.digest}: ${sizes}`);
    assert.deepEqual(breachesOf(image), []);
  });

  it("has nothing of ours but the program, its addon, Node and the launcher", () => {
    const ours = [...image.files.values()].filter(
      ({ path, type }) => type !== "directory" && /^(opt|usr\/local)\//.test(path),
    );
    const others = ours.map(({ path }) => path).filter((path) => !/^opt\/wirespan\/(dist\/bin|licenses)\//.test(path));
    const wanted = [LAUNCHER, "usr/local/bin/node", ADDON, SBOM, "opt/wirespan/package.json"];
    assert.deepEqual(others.sort(), wanted.sort());
  });

  it("has one time for all of our files", () => {
    const times = [...image.files.values()].filter(({ path }) => /^(opt|usr\/local)\//.test(path));
    assert.deepEqual(new Set(times.map(({ mtimeSeconds }) => mtimeSeconds)), new Set([0]));
  });

  it("lists every npm package whose license it carries, in the versions of package-lock.json", () => {
    const { packages } = JSON.parse(text(SBOM)) as { packages: SpdxPackage[] };
    const locked = JSON.parse(readFileSync(join(repositoryRoot, "package-lock.json"), "utf8")).packages as Record<
      string,
      { version: string }
    >;
    const ofNpm = packages.filter(({ externalRefs }) => externalRefs[0]?.referenceLocator.startsWith("pkg:npm/"));
    assert.ok(ofNpm.length > 30, `${ofNpm.length} npm packages`);
    const headings = [...text("opt/wirespan/licenses/npm.txt").matchAll(/^-{80}\n(\S+ \S+): /gm)].map(
      ([, name]) => name,
    );
    const dependencies = ofNpm.filter(({ name }) => name !== "wirespan");
    assert.deepEqual(
      headings,
      dependencies.map(({ name, versionInfo }) => `${name} ${versionInfo}`),
    );
    const isLocked = ({ name, versionInfo }: SpdxPackage) =>
      Object.entries(locked).some(
        ([path, { version }]) => path.endsWith(`node_modules/${name}`) && version === versionInfo,
      );
    assert.deepEqual(
      dependencies.filter((dependency) => !isLocked(dependency)),
      [],
    );
    for (const name of ["cytoscape", "@grpc/grpc-js", "@viz-js/viz", "fflate", "nan"])
      assert.ok(
        dependencies.some((dependency) => dependency.name === name),
        name,
      );
  });

  it("lists the Debian packages of its base", () => {
    const { packages } = JSON.parse(text(SBOM)) as { packages: SpdxPackage[] };
    const records = [...image.files.keys()].filter((path) => /^var\/lib\/dpkg\/status\.d\/[^/]+$/.test(path));
    const listed = packages.filter(({ externalRefs }) =>
      /^pkg:deb\/.*arch=(?!source)/.test(externalRefs[0]?.referenceLocator ?? ""),
    );
    assert.deepEqual(listed.map(({ name }) => name).sort(), records.map((path) => path.split("/").at(-1)).sort());
    assert.ok(listed.every(({ versionInfo }) => versionInfo !== ""));
  });

  it("carries the licenses of Node and libpcap too", () => {
    assert.match(text("opt/wirespan/licenses/node.txt"), /Copyright Node.js contributors/);
    assert.match(text("opt/wirespan/licenses/libpcap.txt"), /Redistribution and use in source and binary forms/);
    assert.match(text("opt/wirespan/licenses/wirespan.txt"), /Apache License/);
  });

  it("is the same, to the digest, when everything is compiled once more", async () => {
    const again = await builtImage(undefined, "--rebuild");
    assert.deepEqual(again.layers, image.layers);
    assert.equal(again.digest, image.digest);
  });
});

interface SpdxPackage {
  readonly name: string;
  readonly versionInfo: string;
  readonly externalRefs: readonly { readonly referenceLocator: string }[];
}

function text(path: string): string {
  return image.files.get(path)?.data.toString() ?? assert.fail(`no ${path}`);
}
