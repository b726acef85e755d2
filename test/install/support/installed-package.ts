import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { cleanEnvironment, type Ended, ended } from "../../support/cli/wirespan.ts";
import { withDeadline } from "../../support/deadline.ts";
import { repositoryRoot } from "../../support/paths.ts";
import { nodeHeaders } from "./node-headers.ts";

/** What the program and npm need; no compiler, no make, no Python. */
const PLAIN_COMMANDS = ["node", "npm", "sh", "dirname", "readlink", "env", "cat"];

/** A folder into which npm has installed the package as `npm pack` makes it. */
export interface InstalledPackage {
  readonly folder: string;
  /** A folder of commands without any compiler, for `PATH`. */
  readonly plainPath: string;
  /** Runs `npm install` of the package with only the given `PATH`. */
  install(path: string, ...options: readonly string[]): void;
  /** Runs npm in the folder. */
  npm(path: string, ...args: readonly string[]): void;
  /** Runs an installed command by its name, found through `PATH`. */
  run(command: string, ...args: readonly string[]): Promise<Ended>;
  /** Adds a folder of commands to the `PATH` of `run`. */
  addToPath(folder: string): void;
  remove(): void;
}

export function packedPackage(): InstalledPackage {
  const root = mkdtempSync(join(tmpdir(), "wirespan-install-"));
  const [plainPath, folder, packed] = ["bin", "project", "packed"].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  for (const made of [plainPath, folder, packed]) mkdirSync(made);
  for (const command of PLAIN_COMMANDS) symlinkSync(realpathSync(pathOf(command)), join(plainPath, command));
  execFileSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", packed], { cwd: repositoryRoot });
  const [archive = ""] = readdirSync(packed);
  const environment = (path: string): NodeJS.ProcessEnv => ({
    // A test that npm itself started has npm's settings for this repository in its environment.
    ...Object.fromEntries(Object.entries(cleanEnvironment()).filter(([name]) => !/^npm_/i.test(name))),
    ...nodeHeaders(),
    PATH: path,
  });
  const npm = (path: string, ...args: readonly string[]): void => {
    execFileSync("npm", args, { cwd: folder, env: environment(path), stdio: "pipe" });
  };
  const path = [join(folder, "node_modules/.bin"), plainPath];
  return {
    folder,
    plainPath,
    addToPath: (more) => void path.push(more),
    npm,
    install(path, ...options) {
      npm(path, "install", "--prefer-offline", "--no-audit", "--no-fund", ...options, join(packed, archive));
    },
    run(command, ...args) {
      return withDeadline(() => {
        // Through env, which looks the command up in the PATH that it is given.
        const child = spawn(join(plainPath, "env"), [command, ...args], {
          cwd: folder,
          env: environment(path.join(delimiter)),
        });
        child.stdin.end();
        return { child, result: ended(child) };
      });
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

function pathOf(command: string): string {
  return execFileSync("sh", ["-c", `command -v ${command}`], { encoding: "utf8" }).trim();
}
