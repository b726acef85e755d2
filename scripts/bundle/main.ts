// EDGE: fs
// Bundles the compiled program to `dist/bin`, without its dependencies, and puts the command's start script beside it. Runs after
// the compiler.
import { chmodSync, copyFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleProgram } from "./program.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const outdir = join(root, "dist/bin");
const command = join(outdir, "wirespan");

rmSync(outdir, { recursive: true, force: true });
await bundleProgram({ root, outdir, isExternal: (id) => !/^[./]/.test(id) });
copyFileSync(join(root, "src/wirespan.sh"), command);
chmodSync(command, 0o755);
