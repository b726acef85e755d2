import type { Finding } from "../doctor/finding.ts";
import { Output } from "../output/files/output.ts";
import { visibleLine } from "../text/visible-text.ts";

const CHECK_WIDTH = 12;

/** Prints findings to standard output, one per line, and stores whether one of them failed. */
export class FindingPrinter {
  readonly #output = new Output(undefined);
  hasFailed = false;

  readonly print = (findings: readonly Finding[]): void => {
    for (const { status, check, text } of findings) {
      this.#output.write(`${status.padEnd("warning".length)}  ${check.padEnd(CHECK_WIDTH)}  ${visibleLine(text)}\n`);
      this.hasFailed ||= status === "failed";
    }
    this.#output.flush();
  };
}
