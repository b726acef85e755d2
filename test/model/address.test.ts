import assert from "node:assert/strict";
import { isIPv4, isIPv6 } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { addressText, canonicalAddress, parseAddressInto } from "../../src/model/address.ts";

/** The canonical text according to Node, which parses addresses as inet_pton(3) does and URLs as WHATWG defines. */
function reference(text: string): string | null {
  if (isIPv4(text)) return text;
  if (!isIPv6(text)) return null;
  const canonical = new URL(`http://[${text}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(canonical) ?? [];
  if (high === undefined || low === undefined) return canonical;
  const octets = [high, low].map((group) => Number.parseInt(group, 16)).flatMap((group) => [group >> 8, group & 255]);
  return octets.join(".");
}

test("any address has a canonical text, which parses to the same address", () => {
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

test("any text is an address, or is not one, as in Node", () => {
  const nearly = fc.array(
    fc.constantFrom("0", "1", "09", "255", "256", "ffff", "10000", "F", ":", "::", ".", "x", "1.2.3.4", ""),
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
    "::1.2.3.4",
    "64:ff9b::192.0.2.33",
    "1:2:3:4:5:6:7.8.9.10",
    "1:2:3:4:5:6:7:8.9.10.11",
    "1.2.3.4:5",
    "::01.2.3.4",
    "127.1",
    "0x7f.0.0.1",
    "2130706433",
  ]) {
    assert.equal(canonicalAddress(text), reference(text), text);
  }
});
