import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { indentedJson, jsonText, markdownText, visibleLine, visibleText } from "../../src/text/visible-text.ts";

const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
/** Text with many of the characters that matter. */
const anyText = fc.string({ unit: fc.oneof(fc.nat(0x2100), fc.nat(0xffff)).map((unit) => String.fromCharCode(unit)) });

test("no text keeps a control character or an invisible one", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      assert.doesNotMatch(visibleText(text), HIDDEN);
      assert.doesNotMatch(visibleLine(text), HIDDEN);
    }),
  );
});

test("a line has its line breaks as spaces and all else in sight", () => {
  assert.equal(visibleLine(" one \r\n\n two\u2028three\n"), "one two three");
  assert.equal(visibleLine("a\u001b[31mb\u009bc\u202ed"), "a\\u{1b}[31mb\\u{9b}c\\u{202e}d");
});

test("JSON has the exact value and nothing that a terminal obeys", () => {
  const value = { name: "a\u007f\u009b\u202e\u2028\u{e0001}\u0000\ud800 é 日本 🚀" };
  assert.equal(jsonText(value), '{"name":"a\\u007f\\u009b\\u202e\\u2028\\udb40\\udc01\\u0000\\ud800 é 日本 🚀"}');
  fc.assert(
    fc.property(anyText, (text) => {
      assert.doesNotMatch(jsonText([text]), HIDDEN);
      assert.deepEqual(JSON.parse(jsonText([text])), [text]);
    }),
  );
});

test("Markdown has names as they are: no markup, no HTML, no further cell", () => {
  assert.equal(
    markdownText("a|b <img src=x> *c* _d_ `e` [f](g) &lt; \\ \u0007"),
    "a\\|b \\<img src=x\\> \\*c\\* \\_d\\_ \\`e\\` \\[f\\](g) \\&lt; \\\\ \\\\u{7}",
  );
});

test("indented JSON has the exact value and nothing that a terminal obeys", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      assert.doesNotMatch(indentedJson(text), HIDDEN);
      assert.deepEqual(JSON.parse(indentedJson([text])), [text]);
    }),
  );
});
