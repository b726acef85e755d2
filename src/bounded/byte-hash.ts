/**
 * Bytes four at a time. What is left at the end is taken with some of the bytes before it, as four again: twice the same
 * byte does no harm, and a loop over single bytes costs more.
 */
const STEP = 4;

/**
 * 32-bit hash of the bytes from `start` to `end`, as a signed integer; of several stretches, with the hash of those before
 * as `seed`. No defence against chosen collisions, so whoever looks something up by it compares the bytes too.
 */
export function hashBytes(view: DataView, start: number, end: number, seed = 0): number {
  let hash = seed ^ Math.imul(end - start, 0x85ebca6b);
  if (end - start < STEP) return hashFew(view, start, end, hash);
  let at = start;
  for (; at + STEP <= end; at += STEP) hash = mix(hash, view.getInt32(at));
  if (at < end) hash = mix(hash, view.getInt32(end - STEP));
  return hash ^ (hash >>> 13);
}

function hashFew(view: DataView, start: number, end: number, seed: number): number {
  let hash = seed;
  for (let at = start; at < end; at++) hash = mix(hash, view.getUint8(at));
  return hash ^ (hash >>> 13);
}

/** Hash of integers, as of an IP 5-tuple's. */
export function hashWords(words: Int32Array, seed: number): number {
  let hash = seed;
  for (let i = 0; i < words.length; i++) hash = mix(hash, words[i] ?? 0);
  return hash ^ (hash >>> 13);
}

/** Whether `length` bytes are the same in both places. */
export function equalBytes(a: DataView, aStart: number, b: DataView, bStart: number, length: number): boolean {
  const last = length - STEP;
  if (last < 0) return equalFew(a, aStart, b, bStart, length);
  for (let i = 0; i < last; i += STEP) if (a.getInt32(aStart + i) !== b.getInt32(bStart + i)) return false;
  return a.getInt32(aStart + last) === b.getInt32(bStart + last);
}

function equalFew(a: DataView, aStart: number, b: DataView, bStart: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a.getUint8(aStart + i) !== b.getUint8(bStart + i)) return false;
  return true;
}

/** Copies `length` bytes; for the few dozen of a DNS message this is faster than `set` of a `subarray`. */
export function copyBytes(from: DataView, start: number, to: DataView, toStart: number, length: number): void {
  const last = length - STEP;
  if (last < 0) {
    for (let i = 0; i < length; i++) to.setUint8(toStart + i, from.getUint8(start + i));
    return;
  }
  for (let i = 0; i < last; i += STEP) to.setInt32(toStart + i, from.getInt32(start + i));
  to.setInt32(toStart + last, from.getInt32(start + last));
}

/** A multiplication carries differences upwards, the shift brings them down again. */
function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}
