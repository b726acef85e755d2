import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { copyBytes, equalBytes } from "../../src/bounded/bytes.ts";

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

test("any number of bytes is copied and compared, and no byte next to them", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), fc.nat(5), (bytes, before) => {
      const from = viewOf(Uint8Array.from([1, ...bytes, 2]));
      const to = new Uint8Array(before + bytes.length + 4).fill(9);
      copyBytes(from, 1, viewOf(to), before, bytes.length);
      assert.deepEqual([...to], [...Array(before).fill(9), ...bytes, 9, 9, 9, 9]);
      assert.ok(equalBytes(from, 1, viewOf(to), before, bytes.length));
      for (let i = 0; i < bytes.length; i++) {
        const changed = to.slice();
        changed[before + i] = (changed[before + i] ?? 0) ^ 1;
        assert.ok(!equalBytes(from, 1, viewOf(changed), before, bytes.length), `byte ${i}`);
      }
    }),
  );
});
