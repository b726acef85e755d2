// Builders of capture files, written from the drafts of the formats and not from the readers under test.

export type ByteOrder = "little" | "big";

export interface TestPacket {
  readonly seconds: number;
  /** Microseconds or nanoseconds, by the magic number. */
  readonly fraction: number;
  readonly bytes: Uint8Array;
  /** Length on the wire; that of `bytes` by default. */
  readonly length?: number;
}

function words(order: ByteOrder, ...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) {
    if (order === "little") buffer.writeUInt32LE(value, i * 4);
    else buffer.writeUInt32BE(value, i * 4);
  }
  return buffer;
}

function halves(order: ByteOrder, ...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 2);
  for (const [i, value] of values.entries()) {
    if (order === "little") buffer.writeUInt16LE(value, i * 2);
    else buffer.writeUInt16BE(value, i * 2);
  }
  return buffer;
}

export interface PcapOptions {
  readonly order?: ByteOrder;
  readonly magic?: number;
  readonly version?: readonly [number, number];
  readonly linkType?: number;
}

export function pcapHeader(options: PcapOptions = {}): Buffer {
  const { order = "little", magic = 0xa1b2c3d4, version = [2, 4], linkType = 1 } = options;
  return Buffer.concat([words(order, magic), halves(order, ...version), words(order, 0, 0, 65535, linkType)]);
}

export function pcapFile(packets: readonly TestPacket[], options: PcapOptions = {}): Buffer {
  const { order = "little", magic } = options;
  const extra = magic === 0xa1b2cd34 ? Buffer.from("0700000008000400", "hex") : Buffer.alloc(0);
  const records = packets.map(({ seconds, fraction, bytes, length = bytes.length }) =>
    Buffer.concat([words(order, seconds, fraction, bytes.length, length), extra, bytes]),
  );
  return Buffer.concat([pcapHeader(options), ...records]);
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}

export function block(order: ByteOrder, type: number, ...body: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(body);
  const length = content.length + 12;
  return Buffer.concat([words(order, type, length), content, words(order, length)]);
}

export function option(order: ByteOrder, code: number, value: Uint8Array): Buffer {
  return Buffer.concat([halves(order, code, value.length), padded(value)]);
}

export function sectionHeader(order: ByteOrder, version: readonly [number, number] = [1, 0]): Buffer {
  return block(
    order,
    0x0a0d0d0a,
    words(order, 0x1a2b3c4d),
    halves(order, ...version),
    Buffer.alloc(8, 0xff),
    option(order, 4, Buffer.from("test")),
    option(order, 0, Buffer.alloc(0)),
  );
}

export function interfaceBlock(order: ByteOrder, linkType: number, snapLength = 0, ...options: Buffer[]): Buffer {
  return block(order, 1, halves(order, linkType, 0), words(order, snapLength), ...options);
}

export function enhancedPacket(
  order: ByteOrder,
  interfaceId: number,
  ticks: bigint,
  bytes: Uint8Array,
  { length = bytes.length, options = [] }: { readonly length?: number; readonly options?: readonly Buffer[] } = {},
): Buffer {
  const header = words(order, interfaceId, Number(ticks >> 32n), Number(ticks & 0xffffffffn), bytes.length, length);
  return block(order, 6, header, padded(bytes), ...options);
}

export function obsoletePacket(order: ByteOrder, interfaceId: number, ticks: bigint, bytes: Uint8Array): Buffer {
  const times = words(order, Number(ticks >> 32n), Number(ticks & 0xffffffffn), bytes.length, bytes.length);
  return block(order, 2, halves(order, interfaceId, 3), times, padded(bytes));
}

export function simplePacket(order: ByteOrder, length: number, bytes: Uint8Array): Buffer {
  return block(order, 3, words(order, length), padded(bytes));
}
