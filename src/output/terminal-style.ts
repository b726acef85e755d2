// EDGE: the environment and the terminal

/**
 * Whether a table is coloured: on a terminal, unless NO_COLOR is set; FORCE_COLOR says so for pipes and files too.
 * https://no-color.org, https://force-color.org
 */
export function isColored(isTerminal: boolean): boolean {
  const { FORCE_COLOR, NO_COLOR, TERM } = process.env;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== "") return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
  return isTerminal && TERM !== "dumb";
}

/** Columns of the terminal; null where the output is none, or does not tell. */
export function terminalWidth(isTerminal: boolean): number | null {
  const { columns } = process.stdout;
  return isTerminal && columns > 0 ? columns : null;
}
