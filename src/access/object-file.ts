import { crc32 } from "node:zlib";

/** A file system takes names of at most 255 bytes; valid names of Kubernetes can be longer together. */
const MAX_NAME = 200;

/**
 * The file of a namespaced object: `cart.shop.yaml`. What file systems or shells read as more than a name is
 * percent-encoded, and long names end in a checksum, so that different objects have different files.
 */
export function objectFile(name: string, namespace: string): string {
  const whole = `${name}.${namespace}`;
  const encoded = whole.replace(/[^A-Za-z0-9._-]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );
  if (encoded.length <= MAX_NAME) return `${encoded}.yaml`;
  return `${encoded.slice(0, MAX_NAME)}-${crc32(whole).toString(16).padStart(8, "0")}.yaml`;
}
