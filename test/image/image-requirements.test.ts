// Images that break one requirement each: made of the real one by one change.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { ADDON, breachesOf, LAUNCHER, SBOM } from "../../scripts/image/image-requirements.ts";
import type { Image } from "../../scripts/image/oci-archive.ts";
import type { TarEntry } from "../../scripts/image/tar-entries.ts";
import { builtImage } from "./support/built-image.ts";

let image: Image;
before(async () => {
  image = await builtImage();
});

function withFile(path: string, change: Partial<TarEntry>): Image {
  const plain: TarEntry = {
    path,
    type: "file",
    mode: 0o755,
    uid: 0,
    gid: 0,
    mtimeSeconds: 0,
    target: "",
    data: Buffer.alloc(0),
    extendedAttributes: new Map(),
  };
  return { ...image, files: new Map(image.files).set(path, { ...(image.files.get(path) ?? plain), ...change }) };
}

const withCapability = (path: string, hex: string): Image =>
  withFile(path, { extendedAttributes: new Map([["security.capability", Buffer.from(hex, "hex")]]) });

const layerOf = (compressedBytes: number, unpackedBytes: number) => ({
  digest: "sha256:0",
  compressedBytes,
  unpackedBytes,
});

const BREACHES: readonly (readonly [what: string, broken: () => Image, sentence: RegExp])[] = [
  [
    "a layer too much",
    () => ({ ...image, layers: [...image.layers, layerOf(1, 20 << 20)] }),
    /^has \d+ bytes unpacked/,
  ],
  ["a layer too large", () => ({ ...image, layers: [...image.layers, layerOf(5e6, 1)] }), /^has \d+ bytes compressed/],
  ["root", () => ({ ...image, user: "" }), /^runs as user "", not as 65532:65532$/],
  [
    "node as its entry point",
    () => ({ ...image, entrypoint: ["/usr/local/bin/node"] }),
    /^starts "\/usr\/local\/bin\/node"/,
  ],
  ["a PATH without node", () => ({ ...image, environment: ["PATH=/usr/bin"] }), /does not have \/usr\/local\/bin/],
  ["a lost capability", () => withFile(LAUNCHER, { extendedAttributes: new Map() }), /^has no file capability/],
  [
    "cap_net_raw+ep",
    () => withCapability(LAUNCHER, `01${"00002".padStart(5, "0")}00200000`.padEnd(40, "0")),
    /not cap_net_raw\+p$/,
  ],
  [
    "cap_net_raw,cap_sys_admin+p",
    () => withCapability(LAUNCHER, "0000000200202000".padEnd(40, "0")),
    /not cap_net_raw\+p$/,
  ],
  [
    "a capability of a user namespace",
    () => withCapability(LAUNCHER, "0000000300200000".padEnd(48, "0")),
    /not cap_net_raw\+p$/,
  ],
  [
    "a capability on node",
    () => withCapability("usr/local/bin/node", "0000000200200000".padEnd(40, "0")),
    /^has a file capability on usr\/local\/bin\/node$/,
  ],
  ["a shell", () => withFile("bin/sh", { type: "link" }), /^has a shell: bin\/sh$/],
  ["busybox", () => withFile("usr/bin/busybox", {}), /^has a shell: usr\/bin\/busybox$/],
  ["npm", () => withFile("usr/local/lib/node_modules/npm", { type: "directory" }), /^has a package manager: .*\/npm$/],
  ["D-Bus", () => withFile("usr/lib/x86_64-linux-gnu/libdbus-1.so.3", {}), /^has libdbus: /],
  [
    "an addon with libpcap outside",
    () => withFile(ADDON, { data: Buffer.from("\0libpcap.so.0.8\0") }),
    /^has libpcap\.so: /,
  ],
  ["a set-user-id file", () => withFile("usr/bin/su", { mode: 0o4755 }), /^has a file with set-user-id/],
  [
    "a program that others may write",
    () => withFile("opt/wirespan/dist/bin/cli.js", { mode: 0o666 }),
    /others than root may write/,
  ],
  [
    "a program of another user",
    () => withFile("opt/wirespan/dist/bin/cli.js", { uid: 65_532 }),
    /others than root may write/,
  ],
  ["no bill of materials", () => withFile(SBOM, { data: Buffer.from('{"packages":[]}') }), /^does not list wirespan/],
];

describe("check-image says so where an image has", () => {
  for (const [what, broken, sentence] of BREACHES) {
    it(what, () => {
      const [breach, ...others] = breachesOf(broken());
      assert.match(breach ?? "nothing", sentence);
      assert.ok(what === "no bill of materials" || others.length === 0, others.join("\n"));
    });
  }
});
