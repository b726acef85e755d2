// 32-bit hashes, as signed integers. Senders of packets can choose keys with equal hashes (see keyed-hash.ts): code that
// finds entries by a hash compares their keys, and bounds how many it compares.

const WORD_BYTES = 4;

/** Adds a word to a hash. The multiplication carries differences to higher bits, the shift back to lower ones. */
export function mix(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, 0x9e3779b1);
  return product ^ (product >>> 15);
}

/** Hash of `count` words from `at`. */
export function hashWords(words: Int32Array, at: number, count: number, seed = 0): number {
  let hash = seed;
  for (let i = at; i < at + count; i++) hash = mix(hash, words[i] as number);
  return hash;
}

/** Hash of the four words of an IP address, with fewer steps than `hashWords`. */
export function hashAddress(a: number, b: number, c: number, d: number): number {
  return mix(Math.imul(c ^ Math.imul(b ^ Math.imul(a, 31), 31), 31), d);
}

/**
 * Hash of the bytes from `start` to `end`. To hash several ranges as one, pass the hash of the ranges before as `seed`.
 * Every second word goes to a hash of its own, since a CPU computes both at the same time.
 */
export function hashBytes(view: DataView, start: number, end: number, seed = 0): number {
  let even = seed ^ Math.imul(end - start, 0x85ebca6b);
  const last = end - WORD_BYTES;
  if (last < start) return hashFewBytes(view, start, end, even);
  let odd = ~even;
  let at = start;
  for (; at + WORD_BYTES < last; at += 2 * WORD_BYTES) {
    even = mix(even, view.getInt32(at, true));
    odd = mix(odd, view.getInt32(at + WORD_BYTES, true));
  }
  if (at < last) even = mix(even, view.getInt32(at, true));
  // The last word may overlap the one before: cheaper than single bytes.
  const hash = mix(mix(odd, view.getInt32(last, true)), even);
  return hash ^ (hash >>> 13);
}

function hashFewBytes(view: DataView, start: number, end: number, seed: number): number {
  let hash = seed;
  for (let at = start; at < end; at++) hash = mix(hash, view.getUint8(at));
  return hash ^ (hash >>> 13);
}
