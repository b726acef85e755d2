// EDGE: writes to a terminal
import type { SingleBar } from "cli-progress";

/** Whether standard error is a terminal, where a bar can be shown. */
export function canShowProgress(): boolean {
  return process.stderr.isTTY === true;
}

/** A bar on standard error, which disappears when it stops. */
export async function newProgressBar(format: string): Promise<SingleBar> {
  // Loaded only when a bar is shown.
  const { Presets, SingleBar } = (await import("cli-progress")).default;
  // Ctrl-C would leave a changed cursor or line wrap behind.
  return new SingleBar(
    { format, stream: process.stderr, hideCursor: false, linewrap: true, clearOnComplete: true, stopOnComplete: false },
    Presets.shades_classic,
  );
}
