import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { type Image, readOciArchive } from "../../../scripts/image/oci-archive.ts";
import { repositoryRoot } from "../../support/paths.ts";

export type Architecture = "amd64" | "arm64";

/** Architecture of this machine, by the name that images use. */
export const OWN: Architecture = process.arch === "arm64" ? "arm64" : "amd64";

const archives = new Map<string, Promise<string>>();

/** Path of the image's OCI archive; it is built when it is not there yet, which takes minutes and is shown. */
export function imageArchive(architecture: Architecture = OWN, ...options: "--rebuild"[]): Promise<string> {
  const key = [architecture, ...options].join(" ");
  const archive = archives.get(key) ?? built(architecture, options);
  archives.set(key, archive);
  return archive;
}

/** The image of this checkout. */
export async function builtImage(architecture: Architecture = OWN, ...options: "--rebuild"[]): Promise<Image> {
  const [image, ...others] = readOciArchive(await imageArchive(architecture, ...options));
  if (image === undefined || others.length > 0) throw new Error(`${others.length + 1} images in one archive`);
  return image;
}

async function built(architecture: Architecture, options: readonly string[]): Promise<string> {
  const script = join(repositoryRoot, "scripts/build-image.sh");
  const child = spawn("bash", [script, architecture, ...options], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`scripts/build-image.sh ${architecture} failed: see above`);
  return text.trim();
}
