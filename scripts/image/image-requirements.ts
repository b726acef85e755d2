import { posix } from "node:path";
import type { Image } from "./oci-archive.ts";
import type { TarEntry } from "./tar-entries.ts";

export const LAUNCHER = "usr/local/bin/wirespan";
export const ADDON = "opt/wirespan/node_modules/pcap/build/Release/pcap_binding.node";
export const SBOM = "opt/wirespan/sbom.spdx.json";

export const MAX_UNPACKED_BYTES = 140 * 2 ** 20;
export const MAX_COMPRESSED_BYTES = 55e6;

const SHELLS = /^(ba|da|a|z|k|c|tc|fi)?sh$|^(busybox|toybox)$/;
const PACKAGE_MANAGERS = /^(npm|npx|corepack|yarn|pnpm|apt|apt-get|dpkg|apk)$/;
const UNWANTED_LIBRARIES = ["libpcap.so", "libdbus", "libsystemd", "libgcrypt"];
const SET_ID = 0o6000;
const WRITABLE_BY_OTHERS = 0o022;

/**
 * `struct vfs_cap_data` of `cap_net_raw+p`: revision 2 without the effective bit, NET_RAW (13) permitted, nothing
 * inheritable. linux/capability.h
 */
const NET_RAW_PERMITTED = Buffer.from("0000000200200000000000000000000000000000", "hex");

/** Requirements of docs/image.md that this image does not meet, a sentence each. */
export function breachesOf(image: Image): string[] {
  return [
    ...sizeBreaches(image),
    ...settingBreaches(image),
    ...capabilityBreaches(image),
    ...[...image.files.values()].flatMap(fileBreaches),
    ...sbomBreaches(image),
  ];
}

export function unpackedBytes(image: Image): number {
  return image.layers.reduce((sum, layer) => sum + layer.unpackedBytes, 0);
}

export function compressedBytes(image: Image): number {
  return image.layers.reduce((sum, layer) => sum + layer.compressedBytes, 0);
}

function sizeBreaches(image: Image): string[] {
  const [unpacked, compressed] = [unpackedBytes(image), compressedBytes(image)];
  return [
    ...when(unpacked > MAX_UNPACKED_BYTES, `has ${unpacked} bytes unpacked, more than ${MAX_UNPACKED_BYTES}`),
    ...when(compressed > MAX_COMPRESSED_BYTES, `has ${compressed} bytes compressed, more than ${MAX_COMPRESSED_BYTES}`),
  ];
}

function settingBreaches({ user, entrypoint, environment }: Image): string[] {
  const isFound = environment.some((variable) => /^PATH=(.*:)?\/usr\/local\/bin(:|$)/.test(variable));
  return [
    ...when(user !== "65532:65532", `runs as user "${user}", not as 65532:65532`),
    ...when(entrypoint.join(" ") !== `/${LAUNCHER}`, `starts "${entrypoint.join(" ")}", not /${LAUNCHER}`),
    ...when(!isFound, "does not have /usr/local/bin in its PATH, where node is"),
  ];
}

function capabilityBreaches({ files }: Image): string[] {
  const capability = files.get(LAUNCHER)?.extendedAttributes.get("security.capability");
  const others = [...files.values()].filter(
    ({ path, extendedAttributes }) => path !== LAUNCHER && extendedAttributes.has("security.capability"),
  );
  return [
    ...when(capability === undefined, `has no file capability on ${LAUNCHER}: it was lost, or never set`),
    ...when(
      capability !== undefined && !capability.equals(NET_RAW_PERMITTED),
      `has the file capability ${capability?.toString("hex")} on ${LAUNCHER}, not cap_net_raw+p`,
    ),
    ...others.map(({ path }) => `has a file capability on ${path}`),
  ];
}

function fileBreaches({ path, type, mode, uid, data }: TarEntry): string[] {
  const name = posix.basename(path);
  const isOurs = path.startsWith("opt/") || path.startsWith("usr/local/");
  const isWritable = isOurs && type !== "link" && ((mode & WRITABLE_BY_OTHERS) !== 0 || uid !== 0);
  const libraries = UNWANTED_LIBRARIES.filter(
    (library) => name.startsWith(library) || (path === ADDON && data.includes(library)),
  );
  return [
    ...when(SHELLS.test(name) && type !== "directory", `has a shell: ${path}`),
    ...when(PACKAGE_MANAGERS.test(name) && isProgram(path), `has a package manager: ${path}`),
    ...libraries.map((library) => `has ${library}: ${path}`),
    ...when(type === "file" && (mode & SET_ID) !== 0, `has a file with set-user-id or set-group-id: ${path}`),
    ...when(isWritable, `has a file that others than root may write: ${path}`),
  ];
}

/** What is in the folders of programs and of Node's global packages; `dpkg` is also the name of a folder of records. */
function isProgram(path: string): boolean {
  return /(^|\/)(s?bin|node_modules)\/[^/]+$/.test(path);
}

function sbomBreaches({ files }: Image): string[] {
  const document = files.get(SBOM);
  if (document === undefined) return [`has no software bill of materials at ${SBOM}`];
  const names: string[] = JSON.parse(document.data.toString()).packages.map(({ name }: { name: string }) => name);
  const missing = ["wirespan", "node", "libpcap", "pcap", "libc6"].filter((name) => !names.includes(name));
  return missing.map((name) => `does not list ${name} in ${SBOM}`);
}

function when(isBroken: boolean, sentence: string): string[] {
  return isBroken ? [sentence] : [];
}
