// The image for the architecture that this machine does not have: built by cross compilation, run by qemu-user.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ADDON, breachesOf, LAUNCHER } from "../../scripts/image/image-requirements.ts";
import type { Image } from "../../scripts/image/oci-archive.ts";
import { CLUSTER, capture, wirespan } from "../support/cli/wirespan.ts";
import { builtImage, imageArchive, OWN } from "./support/built-image.ts";
import { unpackImage } from "./support/unpacked-image.ts";

const OTHER = OWN === "amd64" ? "arm64" : "amd64";
const EMULATOR = OTHER === "arm64" ? "qemu-aarch64-static" : "qemu-x86_64-static";
/** `e_machine` of an ELF file: EM_AARCH64, EM_X86_64. elf(5) */
const MACHINE = OTHER === "arm64" ? 183 : 62;
const NODE = "usr/local/bin/node";

let image: Image;
let root = "";
let remove = (): void => {};
before(async () => {
  image = await builtImage(OTHER);
  ({ root, remove } = unpackImage(image, await imageArchive(OTHER)));
});
after(() => remove());

function emulated(...args: readonly string[]) {
  return spawnSync(EMULATOR, ["-L", root, join(root, NODE), ...args], { encoding: "utf8", timeout: 120_000 });
}

describe(`the image for ${OTHER}`, () => {
  it("meets every requirement", () => {
    assert.equal(image.platform, `linux/${OTHER}`);
    assert.deepEqual(breachesOf(image), []);
  });

  it("has machine code of that architecture", () => {
    for (const path of [NODE, LAUNCHER, ADDON])
      assert.equal(image.files.get(path)?.data.readUInt16LE(18), MACHINE, path);
  });

  it("replays the recording", async () => {
    const args = ["replay", capture("node-a"), "--node", "node-a", ...CLUSTER, "--format", "json"];
    const { status, stdout, stderr } = emulated(join(root, "opt/wirespan/dist/bin/cli.js"), ...args);
    const native = await wirespan(args);
    assert.deepEqual([status, stderr], [native.code, native.stderr]);
    assert.equal(stdout, native.stdout);
  });

  it("loads its addon, with libpcap inside", () => {
    const script = `console.log(require(${JSON.stringify(join(root, ADDON))}).lib_version())`;
    const { stdout, stderr } = emulated("-e", script);
    assert.match(stdout, /^libpcap version \d/, stderr);
  });
});
