// EDGE: standard error

/** Says one line to the person who runs the command. Results never go this way. */
export function say(line: string): void {
  process.stderr.write(`wirespan: ${line.replaceAll(/\s*[\r\n]+\s*/g, " ")}\n`);
}
