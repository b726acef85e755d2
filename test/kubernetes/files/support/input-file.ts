import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { EventsTail, type IgnoredInputHandlers } from "../../../../src/kubernetes/files/events-tail.ts";
import { ConfigError } from "../../../../src/model/errors.ts";

/** Path of a temporary file with this content. */
export function fileWith(t: TestContext, content: string | Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), "wirespan-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "given.json");
  writeFileSync(path, content);
  return path;
}

export function tailOf(t: TestContext, path: string): EventsTail {
  const tail = new EventsTail(path);
  t.after(() => tail.close());
  return tail;
}

/** Handlers that collect what is ignored. */
export function ignoredInput(): IgnoredInputHandlers & { readonly lines: string[]; readonly objects: string[] } {
  const lines: string[] = [];
  const objects: string[] = [];
  return { lines, objects, line: (problem) => lines.push(problem), object: (problem) => objects.push(problem) };
}

/** Handlers for logs in which every line is valid. */
export const NOTHING_IGNORED: IgnoredInputHandlers = {
  line: (problem) => assert.fail(problem),
  object: (problem) => assert.fail(problem),
};

export function isConfigError(error: unknown, ...parts: readonly string[]): boolean {
  assert.ok(error instanceof ConfigError, String(error));
  assertSentence(error.message, ...parts);
  return true;
}

/** One line with these parts. */
export function assertSentence(sentence: string | undefined, ...parts: readonly string[]): void {
  assert.ok(sentence !== undefined && !sentence.includes("\n"), sentence);
  for (const part of parts) assert.ok(sentence.includes(part), `${sentence} does not contain ${part}`);
}
