// What an agent says of its results: where and when they are written, and what they hold in the end.
import type { Destinations } from "./destinations.ts";

const STANDARD_OUTPUT = "-";

export interface WrittenResults extends Pick<Destinations, "format"> {
  readonly output: string | undefined;
}

function isFile(output: string | undefined): output is string {
  return output !== undefined && output !== STANDARD_OUTPUT;
}

/** When results are to be expected; null where they show by themselves, or there are none. */
export function whenWritten({ format, output }: WrittenResults): string | null {
  if (format === null) return null;
  if (format === "jsonl")
    return isFile(output) ? `interactions are written to ${output} as they come, until Ctrl-C` : null;
  return `the ${format} is written to ${isFile(output) ? output : "standard output"} at the end: stop with Ctrl-C, or SIGTERM`;
}

/** What was written in the end; null where the results show by themselves, or there are none. */
export function whatWasWritten(
  { format, output }: WrittenResults,
  { packets, interactions }: { readonly packets: number; readonly interactions: number },
): string | null {
  if (format === null || !isFile(output)) return null;
  return `${counted(interactions, "interaction")} of ${counted(packets, "packet")} written to ${output}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
