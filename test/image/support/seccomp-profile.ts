import { readFileSync } from "node:fs";

/** As https://github.com/moby/profiles writes it; `includes` and `excludes` say where a rule holds. */
interface ConditionalRule {
  readonly names: readonly string[];
  readonly action: string;
  readonly args: readonly object[] | null;
  readonly errnoRet?: number;
  readonly includes?: Condition;
  readonly excludes?: Condition;
}

interface Condition {
  readonly caps?: readonly string[];
  readonly arches?: readonly string[];
}

const PROFILE = "/usr/share/containers/seccomp.json";
const ARCHITECTURE = process.arch === "arm64" ? "arm64" : "amd64";

/**
 * The profile that container runtimes apply for `seccompProfile: RuntimeDefault`, from the package that buildah depends on,
 * as a runtime specification has it: resolved for a container with these capabilities.
 */
export function runtimeDefaultSeccomp(capabilities: readonly string[]): object {
  const { defaultAction, defaultErrnoRet, syscalls } = JSON.parse(readFileSync(PROFILE, "utf8"));
  const isMet = ({ caps = [], arches = [] }: Condition): boolean =>
    caps.every((capability) => capabilities.includes(capability)) &&
    (arches.length === 0 || arches.includes(ARCHITECTURE));
  const isExcluded = ({ caps = [], arches = [] }: Condition): boolean =>
    caps.some((capability) => capabilities.includes(capability)) || arches.includes(ARCHITECTURE);
  const rules = (syscalls as ConditionalRule[])
    .filter(({ includes = {}, excludes = {} }) => isMet(includes) && !isExcluded(excludes))
    .map(({ names, action, args, errnoRet }) => ({
      names,
      action,
      args: args ?? [],
      ...(errnoRet === undefined ? {} : { errnoRet }),
    }));
  const architectures = [ARCHITECTURE === "arm64" ? "SCMP_ARCH_AARCH64" : "SCMP_ARCH_X86_64"];
  return { defaultAction, defaultErrnoRet, architectures, syscalls: rules };
}
