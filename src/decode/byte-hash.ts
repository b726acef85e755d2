/**
 * 32-bit hash of the bytes from `start` to `end`, as a signed integer; of several stretches, with the hash of those before
 * as `seed`. No defence against chosen collisions, so whoever looks something up by it compares the bytes too.
 */
export function hashBytes(view: DataView, start: number, end: number, seed = 0): number {
  let hash = seed ^ (end - start);
  let at = start;
  for (; at + 4 <= end; at += 4) hash = mix(hash, view.getInt32(at));
  for (; at < end; at++) hash = mix(hash, view.getUint8(at));
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
  let i = 0;
  for (; i + 4 <= length; i += 4) if (a.getInt32(aStart + i) !== b.getInt32(bStart + i)) return false;
  for (; i < length; i++) if (a.getUint8(aStart + i) !== b.getUint8(bStart + i)) return false;
  return true;
}

/** Copies `length` bytes; for the few dozen of a DNS message this is faster than `set` of a `subarray`. */
export function copyBytes(from: DataView, start: number, to: DataView, toStart: number, length: number): void {
  let i = 0;
  for (; i + 4 <= length; i += 4) to.setInt32(toStart + i, from.getInt32(start + i));
  for (; i < length; i++) to.setUint8(toStart + i, from.getUint8(start + i));
}

/** A multiplication carries differences upwards, the shift brings them down again. */
function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}
