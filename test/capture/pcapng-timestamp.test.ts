import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { timestampMicros, timestampScale } from "../../src/capture/pcapng-timestamp.ts";

function micros(resolution: number, ticks: bigint, offsetSeconds = 0): number {
  return timestampMicros(timestampScale(resolution, offsetSeconds), Number(ticks >> 32n), Number(ticks & 0xffffffffn));
}

/** Microseconds since the epoch, up to the year 2106. */
const whole = fc.bigInt({ min: 0n, max: 4_294_967_295_999_999n });

for (const exponent of [6, 7, 8, 9]) {
  test(`whole microseconds are exact with a resolution of 10^-${exponent}`, () => {
    fc.assert(
      fc.property(whole, (time) => assert.equal(micros(exponent, time * 10n ** BigInt(exponent - 6)), Number(time))),
    );
  });
}

test("resolutions coarser than a microsecond are multiplied", () => {
  assert.equal(micros(0, 1_795_417_363n), 1_795_417_363_000_000);
  assert.equal(micros(3, 1_795_417_363_733n), 1_795_417_363_733_000);
});

test("nanoseconds become a fraction of a microsecond", () => {
  assert.equal(micros(9, 1_000_001_500n), 1_000_001.5);
});

test("resolutions can be powers of two of a second", () => {
  assert.equal(micros(0x80 | 10, (1_795_417_363n << 10n) + 512n), 1_795_417_363_500_000);
  assert.equal(micros(0x80 | 32, (1_795_417_363n << 32n) + (1n << 30n)), 1_795_417_363_250_000);
  assert.equal(micros(0x80, 1_795_417_363n), 1_795_417_363_000_000);
});

test("the offset is added in seconds and may be negative", () => {
  assert.equal(micros(6, 5n, 1_000), 1_000_000_005);
  assert.equal(micros(9, 2_000_000_000n, -1), 1_000_000);
});

test("any resolution results in a finite number", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 255 }),
      fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
      (resolution, ticks) => {
        assert.ok(Number.isFinite(micros(resolution, ticks)));
      },
    ),
  );
});
