// Rules of style for which Biome has no rule, in src, test and scripts.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { listFiles, readSource, withoutComments } from "./support/source-files.ts";

const LITERAL = String.raw`(?:\{(?:[^{}]|\{[^{}]*\})*\}|\[(?:[^[\]]|\[[^[\]]*\])*\])`;

interface Rule {
  readonly name: string;
  readonly breach: RegExp;
  readonly wrong: string;
  readonly right: string;
}

const RULES: readonly Rule[] = [
  {
    name: "private members are #members; only a constructor may be private",
    breach: /^\s*(?:static\s+)?(?:private|protected|public)\s+(?!constructor)/m,
    wrong: "class A {\n  private readonly b = 1;\n}",
    right: "class A {\n  readonly #b = 1;\n  private constructor() {}\n}",
  },
  {
    name: "a literal is not spread into another one",
    breach: new RegExp(String.raw`\.\.\.${LITERAL}\s*[,\]})]`),
    wrong: "const a = { ...b, ...{ c: [1], d: 2 } };",
    right: "const a = { ...b, ...(c ? { d: 2 } : {}), e: [...[1, 2].map(f)] };",
  },
];

const files = ["src", "test", "scripts"]
  .flatMap(listFiles)
  .filter((path) => path.endsWith(".ts") && path !== "test/project/style.test.ts");

for (const { name, breach, wrong, right } of RULES) {
  describe(name, () => {
    test("in every file", () => {
      assert.ok(files.length > 400);
      const breaches = files.filter((path) => breach.test(withoutComments(readSource(path).text)));
      assert.deepEqual(breaches, []);
    });

    test("as the examples show", () => {
      assert.match(wrong, breach);
      assert.doesNotMatch(right, breach);
    });
  });
}
