/**
 * 32-bit hash of the bytes from `start` to `end`, as a signed integer. Four bytes at a step, in two lanes since each step
 * waits for the one before it; the mixing is MurmurHash3's. No defence against chosen collisions, so whoever looks
 * something up by it compares the bytes too.
 */
export function hashBytes(view: DataView, start: number, end: number): number {
  let left = end - start;
  let right = 0;
  let at = start;
  for (; at + 8 <= end; at += 8) {
    left = mix(left, view.getInt32(at));
    right = mix(right, view.getInt32(at + 4));
  }
  for (; at < end; at++) left = mix(left, view.getUint8(at));
  return finish(mix(left, right));
}

/** Hash of integers, as of an IP 5-tuple's. */
export function hashWords(words: Int32Array, seed: number): number {
  let hash = seed;
  for (let i = 0; i < words.length; i++) hash = mix(hash, words[i] ?? 0);
  return finish(hash);
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

function mix(hash: number, word: number): number {
  const mixed = hash ^ Math.imul(word, 0x1b873593);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
