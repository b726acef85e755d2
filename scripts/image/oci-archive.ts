// EDGE: fs
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { type TarEntry, tarEntries } from "./tar-entries.ts";

const GZIP_MAGIC = 0x1f8b;

/** An image for one platform. */
export interface Image {
  /** Of its manifest: `sha256:…`. */
  readonly digest: string;
  /** As `linux/amd64`. */
  readonly platform: string;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly environment: readonly string[];
  /** From the base's upwards. */
  readonly layers: readonly Layer[];
  /** By path: what a container of the image sees. */
  readonly files: ReadonlyMap<string, TarEntry>;
}

export interface Layer {
  readonly digest: string;
  readonly compressedBytes: number;
  readonly unpackedBytes: number;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** How BuildKit marks what it says about an image: its provenance. */
const ATTESTATION = "vnd.docker.reference.type";

/**
 * Reads the images of an OCI archive, as `buildah push … oci-archive:` and `docker buildx build --output type=oci` write it.
 * What a builder adds beside the images (provenance) is passed over. Throws where it is none.
 * https://github.com/opencontainers/image-spec
 */
export function readOciArchive(path: string): Image[] {
  const blobs = new Map<string, Buffer>();
  for (const { path: name, type, data } of tarEntries(readFileSync(path))) if (type === "file") blobs.set(name, data);
  const blob = (name: string): Buffer => {
    const data = blobs.get(name);
    if (data === undefined) throw new Error(`${path} is not an OCI archive with an image: it has no ${name}`);
    return data;
  };
  const read = ({ digest }: Descriptor) => blob(`blobs/${digest.replace(":", "/")}`);
  const manifests = (index: Buffer): Descriptor[] =>
    JSON.parse(index.toString()).manifests.flatMap((manifest: Descriptor) =>
      manifest.mediaType.includes("index") ? manifests(read(manifest)) : [manifest],
    );
  return manifests(blob("index.json"))
    .filter(({ annotations = {} }) => annotations[ATTESTATION] === undefined)
    .map((manifest) => readImage(manifest, read));
}

function readImage(manifest: Descriptor, read: (descriptor: Descriptor) => Buffer): Image {
  const { config, layers } = JSON.parse(read(manifest).toString());
  const { os, architecture, config: settings = {} } = JSON.parse(read(config).toString());
  const files = new Map<string, TarEntry>();
  return {
    digest: manifest.digest,
    platform: `${os}/${architecture}`,
    user: settings.User ?? "",
    entrypoint: settings.Entrypoint ?? [],
    environment: settings.Env ?? [],
    layers: layers.map((layer: Descriptor) => readLayer(layer, read(layer), files)),
    files,
  };
}

/** Adds a layer's entries to `files`, and removes those that it removes (image-spec, "Whiteouts"). */
function readLayer({ digest, size }: Descriptor, bytes: Buffer, files: Map<string, TarEntry>): Layer {
  const unpacked = bytes.readUInt16BE(0) === GZIP_MAGIC ? gunzipSync(bytes) : bytes;
  for (const entry of tarEntries(unpacked)) {
    const [, folder = "", removed] = /^(.*\/)?\.wh\.([^/]+)$/.exec(entry.path) ?? [];
    if (removed === undefined) files.set(entry.path, entry);
    else if (removed === ".wh..opq") remove(files, (path) => path.startsWith(folder));
    else remove(files, (path) => `${path}/`.startsWith(`${folder}${removed}/`));
  }
  return { digest, compressedBytes: size, unpackedBytes: unpacked.length };
}

function remove(files: Map<string, TarEntry>, isRemoved: (path: string) => boolean): void {
  for (const path of files.keys()) if (isRemoved(path)) files.delete(path);
}
