/**
 * The command as one that the kernel ends with the process that starts it, however that one ended: also by a signal to it
 * alone, and also before the start is complete. prctl(2) PR_SET_PDEATHSIG, by setpriv(1) of util-linux, which execs the command.
 */
export function dependent(command: readonly string[], signal: "TERM" | "KILL" = "KILL"): [string, string[]] {
  return ["setpriv", ["--pdeathsig", signal, "--", ...command]];
}
