import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { describe, it } from "node:test";
import { repositoryRoot } from "../support/paths.ts";

const FOLDER = join(repositoryRoot, "dist/bin");
/** What runs for each packet and each fact: in a process that replays, and in a sensor's. */
const HOT = ["pipeline", "sensor-child"].map((name) => ({
  name,
  code: readFileSync(join(FOLDER, readdirSync(FOLDER).find((file) => file.startsWith(name)) ?? name), "utf8"),
}));

/** Names of top-level declarations of this kind. */
function declared(code: string, kind: "const" | "var"): string[] {
  return [...code.matchAll(new RegExp(`^${kind} ([\\w$]+)`, "gm"))].map(([, name = ""]) => name);
}

describe("the bundle", () => {
  for (const { name, code } of HOT) {
    it(`${name}: imports nothing but modules of Node`, () => {
      const imported = [...code.matchAll(/^import .*? from "([^"]+)";$/gm)].map(([, path = ""]) => path);
      assert.ok(imported.length > 0);
      assert.deepEqual(
        imported.filter((path) => !isBuiltin(path)),
        [],
      );
    });

    it(`${name}: constants stay constants, and numbers of other modules are in place`, () => {
      const constants = declared(code, "const");
      for (const layout of ["LookupLayout", "ConnectionLayout", "TcpFlag", "ExchangeFlag"]) {
        assert.ok(constants.includes(layout), layout);
      }
      assert.deepEqual(
        declared(code, "var").filter((each) => /^[A-Z]/.test(each) && !/\bclass\b/.test(declarationOf(code, each))),
        [],
      );
      // Their own modules declare them, if they do at all.
      for (const number of ["ADDRESS_WORDS", "HEADER_BYTES"]) {
        assert.ok(code.split(new RegExp(`\\b${number}\\b`)).length <= 2, number);
      }
    });
  }
});

function declarationOf(code: string, name: string): string {
  return code.slice(code.indexOf(`\nvar ${name} `)).slice(1, 120);
}
