import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { addressText, canonicalAddress, parseAddressInto } from "../../src/model/address.ts";

/** What ipaddr.js makes of a text. */
function reference(text: string): string | null {
  if (!ipaddr.isValid(text)) return null;
  const parsed = ipaddr.parse(text);
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  return parsed.isIPv4MappedAddress() ? parsed.toIPv4Address().toString() : parsed.toRFC5952String();
}

test("the words of any address give its canonical text, and that text gives the words back", () => {
  const word = fc.oneof(fc.constantFrom(0, 1, 0xffff, 0x10000), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }));
  fc.assert(
    fc.property(fc.array(word, { minLength: 4, maxLength: 4 }), (words) => {
      const given = Int32Array.from(words);
      const text = addressText(given, 0);
      assert.equal(text, reference(text));
      const back = new Int32Array(4);
      assert.ok(parseAddressInto(text, back, 0));
      assert.deepEqual(back, given);
    }),
    { numRuns: 2_000 },
  );
});

test("texts are read as ipaddr.js reads them, whatever they are", () => {
  const nearly = fc.array(
    fc.constantFrom("0", "1", "09", "255", "256", "ffff", "10000", "F", ":", "::", ".", "x", ""),
    {
      maxLength: 15,
    },
  );
  const texts = fc.oneof(
    nearly.map((parts) => parts.join("")),
    fc.ipV4(),
    fc.ipV6(),
    fc.string(),
  );
  fc.assert(
    fc.property(texts, (text) => {
      if (!text.includes("%")) assert.equal(canonicalAddress(text), reference(text));
    }),
    { numRuns: 5_000 },
  );
  for (const text of [
    "1.2.3.4",
    "01.2.3.4",
    "1.2.3",
    "::",
    "::1",
    "1::",
    "::ffff:1.2.3.4",
    "::ffff:102:304",
    "FD00::A",
  ]) {
    assert.equal(canonicalAddress(text), reference(text), text);
  }
});
