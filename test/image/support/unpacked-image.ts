import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Image } from "../../../scripts/image/oci-archive.ts";

/** A root file system as a container runtime unpacks it: owners and extended attributes too. The caller removes it. */
export function unpackImage(image: Image, archive: string): { readonly root: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "wirespan-image-"));
  const root = join(folder, "rootfs");
  mkdirSync(root);
  execFileSync("tar", ["-xf", archive, "-C", folder]);
  for (const { digest } of image.layers) {
    const layer = join(folder, "blobs", digest.replace(":", "/"));
    execFileSync("tar", ["--xattrs", "--xattrs-include=*", "--numeric-owner", "-xpzf", layer, "-C", root]);
  }
  return { root, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
