// Byte ranges by 32-bit words: the last word may overlap the one before, which is cheaper than single bytes. Words are read
// and written as little-endian, the byte order of most CPUs.

const WORD_BYTES = 4;

/** Whether `length` bytes are equal. */
export function equalBytes(a: DataView, aStart: number, b: DataView, bStart: number, length: number): boolean {
  const last = length - WORD_BYTES;
  if (last < 0) return equalFewBytes(a, aStart, b, bStart, length);
  let i = 0;
  for (; i + WORD_BYTES < last; i += 2 * WORD_BYTES) {
    const first = a.getInt32(aStart + i, true) ^ b.getInt32(bStart + i, true);
    const second = a.getInt32(aStart + i + WORD_BYTES, true) ^ b.getInt32(bStart + i + WORD_BYTES, true);
    if ((first | second) !== 0) return false;
  }
  if (i < last && a.getInt32(aStart + i, true) !== b.getInt32(bStart + i, true)) return false;
  return a.getInt32(aStart + last, true) === b.getInt32(bStart + last, true);
}

function equalFewBytes(a: DataView, aStart: number, b: DataView, bStart: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a.getUint8(aStart + i) !== b.getUint8(bStart + i)) return false;
  return true;
}

/** Copies `length` bytes. For the size of a DNS message this is faster than `set` with a `subarray`. */
export function copyBytes(from: DataView, start: number, to: DataView, toStart: number, length: number): void {
  const last = length - WORD_BYTES;
  if (last < 0) {
    for (let i = 0; i < length; i++) to.setUint8(toStart + i, from.getUint8(start + i));
    return;
  }
  for (let i = 0; i < last; i += WORD_BYTES) to.setInt32(toStart + i, from.getInt32(start + i, true), true);
  to.setInt32(toStart + last, from.getInt32(start + last, true), true);
}
