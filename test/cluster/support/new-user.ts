// EDGE: child_process, fs
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { serverProgram } from "../../servers/server-programs.ts";
import { repositoryRoot } from "../../support/paths.ts";
import type { Bed, CommandResult } from "./bed.ts";

/**
 * What the README's commands are given here, and nothing else: the bed has no registry. Images are on its nodes already,
 * with their own tag, so the user's `docker` builds with scripts/build-image.sh, and has nothing to push.
 */
const SUBSTITUTIONS: readonly (readonly [text: string, instead: string])[] = [
  ["image.registry=registry.example.com", "image.registry=localhost,image.tag=bed"],
  ["image=busybox", "image=localhost/busybox:bed"],
];
const DOCKER = `#!/bin/sh
case $1 in
  build) exec bash scripts/build-image.sh ;;
  push) echo "$2 is on the nodes" ;;
  *) exit 1 ;;
esac
`;

interface Step {
  readonly command: string;
  readonly seconds: number;
}

/** A user with a fresh checkout and a kubeconfig of the bed. */
export class NewUser {
  readonly #bed: Bed;
  readonly #checkout: string;
  readonly #programs: string;
  readonly #path: string;
  readonly #steps: Step[] = [];
  /** Aliases so far. */
  #aliases = "";

  private constructor(bed: Bed, home: string, path: string) {
    this.#bed = bed;
    this.#checkout = join(home, "checkout");
    this.#programs = join(home, "bin");
    this.#path = `${this.#programs}:${path}`;
  }

  static async arrives(bed: Bed): Promise<NewUser> {
    const kubernetes = dirname(await serverProgram("kubernetes", "kubectl"));
    const helm = dirname(await serverProgram("helm-4", "helm"));
    const home = mkdtempSync(join(tmpdir(), "wirespan-new-user-"));
    const user = new NewUser(bed, home, `${kubernetes}:${helm}:${process.env.PATH}`);
    user.#checkOut();
    return user;
  }

  leaves(): void {
    rmSync(dirname(this.#checkout), { recursive: true, force: true });
  }

  /** Seconds of all commands so far. */
  get seconds(): number {
    return this.#steps.reduce((sum, { seconds }) => sum + seconds, 0);
  }

  /** Resolves with standard output; throws if the command fails. */
  async runs(command: string): Promise<string> {
    const changed = SUBSTITUTIONS.reduce((text, [from, to]) => text.replaceAll(from, to), command);
    if (changed.startsWith("alias ")) this.#aliases += `${changed}\n`;
    const started = performance.now();
    const { code, stdout, stderr } = await this.#shell(changed);
    this.#steps.push({ command: changed, seconds: (performance.now() - started) / 1_000 });
    if (code !== 0) throw new Error(`${this.times()}\n${changed}: exit code ${code}\n${stdout}${stderr}`);
    return stdout;
  }

  /** One line a command. */
  times(): string {
    const lines = this.#steps.map(({ command, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${command}`);
    return [...lines, `${this.seconds.toFixed(1).padStart(7)} s  in all`].join("\n");
  }

  #shell(command: string): Promise<CommandResult> {
    const lines = [`cd '${this.#checkout}'`, `PATH='${this.#path}'`, "shopt -s expand_aliases", this.#aliases, command];
    return this.#bed.run("bash", ["-c", lines.join("\n")]);
  }

  /** What is tracked, as it is now, with the npm packages that are here already. */
  #checkOut(): void {
    mkdirSync(this.#programs, { recursive: true });
    writeFileSync(join(this.#programs, "docker"), DOCKER);
    chmodSync(join(this.#programs, "docker"), 0o755);
    const files = execFileSync("git", ["ls-files", "-z"], { cwd: repositoryRoot, encoding: "utf8" }).split("\0");
    for (const file of files.filter((name) => name !== "")) {
      cpSync(join(repositoryRoot, file), join(this.#checkout, file), { preserveTimestamps: true });
    }
    execFileSync("cp", ["-al", join(repositoryRoot, "node_modules"), join(this.#checkout, "node_modules")]);
  }
}

/** The commands of each code block between this heading of the README and the next one. */
export function commandsUnder(heading: string): string[][] {
  const readme = readFileSync(join(repositoryRoot, "README.md"), "utf8");
  const [, section = ""] = new RegExp(`^#+ ${heading}\\n([\\s\\S]*?)^#+ `, "m").exec(readme) ?? [];
  return [...section.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = ""]) =>
    block
      .replace(/\\\n */g, "")
      .split("\n")
      .map((line) => line.replace(/ +# .*$/, ""))
      .filter((line) => line !== ""),
  );
}
