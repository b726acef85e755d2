/** One entry of a tar archive, as far as an image uses it. */
export interface TarEntry {
  /** Without "./" in front and "/" at the end. */
  readonly path: string;
  readonly type: "file" | "directory" | "link" | "other";
  /** Permissions with set-user-id and set-group-id. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeSeconds: number;
  /** Of a link. */
  readonly target: string;
  readonly data: Buffer;
  /** By name, such as `security.capability`. */
  readonly extendedAttributes: ReadonlyMap<string, Buffer>;
}

const BLOCK = 512;
/** How tar writers, Go's and GNU's, name extended attributes in a pax header. */
const ATTRIBUTE_PREFIX = "SCHILY.xattr.";
const TYPES: Readonly<Record<string, TarEntry["type"]>> = {
  "": "file",
  "0": "file",
  "1": "link",
  "2": "link",
  "5": "directory",
};

/**
 * Reads a whole archive: ustar with pax headers, and GNU's long names.
 * Throws where it is cut.
 */
export function* tarEntries(archive: Buffer): Generator<TarEntry> {
  let pax = new Map<string, Buffer>();
  let offset = 0;
  const block = (length: number): Buffer => {
    if (offset + length > archive.length)
      throw new Error(`the archive ends within an entry, at ${archive.length} bytes`);
    const bytes = archive.subarray(offset, offset + length);
    offset += Math.ceil(length / BLOCK) * BLOCK;
    return bytes;
  };
  while (offset < archive.length) {
    const header = block(BLOCK);
    // Two blocks of zeros are the end; what follows is padding.
    if (header[0] === 0) return;
    const type = text(header, 156, 1);
    const data = block(Number(pax.get("size") ?? octal(header, 124, 12)));
    if (type === "x") pax = paxRecords(data);
    else if (type === "L") pax.set("path", withoutZeros(data));
    else if (type === "K") pax.set("linkpath", withoutZeros(data));
    else if (type !== "g") {
      yield entryOf(header, type, data, pax);
      pax = new Map();
    }
  }
}

function entryOf(header: Buffer, type: string, data: Buffer, pax: ReadonlyMap<string, Buffer>): TarEntry {
  const prefix = text(header, 345, 155);
  const name = pax.get("path")?.toString() ?? `${prefix === "" ? "" : `${prefix}/`}${text(header, 0, 100)}`;
  const attributes = [...pax].filter(([key]) => key.startsWith(ATTRIBUTE_PREFIX));
  return {
    path: name.replace(/^(\.?\/)+|^\.$|\/+$/g, ""),
    type: TYPES[type] ?? "other",
    mode: octal(header, 100, 8),
    uid: Number(pax.get("uid") ?? octal(header, 108, 8)),
    gid: Number(pax.get("gid") ?? octal(header, 116, 8)),
    mtimeSeconds: Number(pax.get("mtime") ?? octal(header, 136, 12)),
    target: pax.get("linkpath")?.toString() ?? text(header, 157, 100),
    data,
    extendedAttributes: new Map(attributes.map(([key, value]) => [key.slice(ATTRIBUTE_PREFIX.length), value])),
  };
}

/** "length key=value\n", where the length counts the whole record and the value may be any bytes. POSIX pax, "Extended Header". */
function paxRecords(data: Buffer): Map<string, Buffer> {
  const records = new Map<string, Buffer>();
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(" ", at);
    const length = Number(data.toString("latin1", at, space));
    const equals = data.indexOf("=", space);
    if (!(length > 0) || equals < 0) throw new Error("a pax header is malformed");
    records.set(data.toString("utf8", space + 1, equals), data.subarray(equals + 1, at + length - 1));
    at += length;
  }
  return records;
}

function withoutZeros(data: Buffer): Buffer {
  const end = data.indexOf(0);
  return end < 0 ? data : data.subarray(0, end);
}

function text(header: Buffer, offset: number, length: number): string {
  return withoutZeros(header.subarray(offset, offset + length)).toString();
}

function octal(header: Buffer, offset: number, length: number): number {
  return Number.parseInt(text(header, offset, length).trim() || "0", 8);
}
