// EDGE: child_process, process
import { run } from "./commands.ts";

/** Why the laboratory cannot run here, as one sentence with the fix; null when it can. */
export async function whyNoLab(): Promise<string | null> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    return "the laboratory makes network namespaces: run it as root on Linux";
  }
  for (const [file, ...args] of [
    ["ip", "-V"],
    ["nft", "-v"],
    ["unbound", "-V"],
    ["tcpdump", "--version"],
  ] as const) {
    try {
      await run(file, args);
    } catch {
      return `the laboratory needs ${file}: run scripts/setup-lab.sh`;
    }
  }
  return null;
}
