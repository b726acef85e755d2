import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "./wirespan.ts";

const WIRESPAN = fileURLToPath(new URL("../../../bin/wirespan", import.meta.url));

/** Runs before a program, and writes the options that the program gives to V8 to a file of the program's name. */
const RECORDER = `
  import { appendFileSync } from "node:fs";
  import { syncBuiltinESMExports } from "node:module";
  import { basename } from "node:path";
  import v8 from "node:v8";
  const give = v8.setFlagsFromString;
  v8.setFlagsFromString = (option) => {
    appendFileSync(new URL(basename(process.argv[1] ?? "none"), import.meta.url), option + "\\n");
    give(option);
  };
  syncBuiltinESMExports();
`;

interface V8Options {
  readonly status: number | null;
  readonly stderr: string;
  /** Options that a program of the run gave to V8: `cli.js`, `sensor-child.js`. */
  of(program: string): readonly string[];
}

/** Runs the command line, and finds the options that its processes gave to V8 while they ran. */
export function v8OptionsOf(t: TestContext, args: readonly string[]): V8Options {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "recorder.mjs"), RECORDER);
  const { status, stderr } = spawnSync(WIRESPAN, args, {
    env: { ...process.env, NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ""} --import=${join(folder, "recorder.mjs")}` },
    encoding: "utf8",
    timeout: 60_000,
  });
  const of = (program: string): readonly string[] => {
    const file = join(folder, program);
    return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
  };
  return { status, stderr, of };
}
