import { MAX_NUMBER_BYTES, writeDecimal, writeWhole } from "../../text/decimal-bytes.ts";
import type { LineFrame } from "./line-frame.ts";

/** Where the numbers of a line are, of `LINE_NUMBERS`. */
export const LineNumber = { time: 0, clientPort: 1, duration: 2, retries: 3, nameAge: 4 } as const;
export const LINE_NUMBERS = 5;

const BUFFER_BYTES = 1 << 15;
/** A line without its frame: names of fields, and five numbers. */
const MAX_REST_BYTES = 64 + LINE_NUMBERS * MAX_NUMBER_BYTES;
/** Fewer are copied faster by a loop than by a call. */
const MIN_CALL_BYTES = 40;

const TIME = Buffer.from('{"time":');
const RETRIES = Buffer.from(',"retries":');
const NAME_AGE = Buffer.from(',"nameAgeMs":');
const NULL = Buffer.from("null");

/** Writes lines as bytes, without a text for each. */
export class LineWriter {
  readonly #sink: (bytes: Uint8Array) => void;
  #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #used = 0;

  /** `sink` takes bytes that are valid during the call. */
  constructor(sink: (bytes: Uint8Array) => void) {
    this.#sink = sink;
  }

  /** Writes a line. Its numbers begin at `at`; NaN: null. */
  write(frame: LineFrame, numbers: Float64Array, at: number): void {
    const { head, middle, tail } = frame.bytes;
    this.#makeRoom(head.length + middle.length + tail.length + MAX_REST_BYTES);
    const port = numbers[at + LineNumber.clientPort] as number;
    const age = numbers[at + LineNumber.nameAge] as number;
    const bytes = this.#buffer;
    let to = put(bytes, this.#used, TIME);
    to = writeDecimal(bytes, to, numbers[at + LineNumber.time] as number, 6);
    to = put(bytes, to, head);
    if (!Number.isNaN(port)) to = writeWhole(bytes, to, port);
    to = put(bytes, to, middle);
    to = writeDecimal(bytes, to, numbers[at + LineNumber.duration] as number, 3);
    to = put(bytes, to, RETRIES);
    to = writeWhole(bytes, to, numbers[at + LineNumber.retries] as number);
    to = put(bytes, to, NAME_AGE);
    to = Number.isNaN(age) ? put(bytes, to, NULL) : writeDecimal(bytes, to, age, 3);
    this.#used = put(bytes, to, tail);
  }

  flush(): void {
    if (this.#used === 0) return;
    this.#sink(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
  }

  #makeRoom(length: number): void {
    if (this.#used + length <= this.#buffer.length) return;
    this.flush();
    if (length > this.#buffer.length) this.#buffer = Buffer.allocUnsafe(length);
  }
}

function put(bytes: Uint8Array, at: number, part: Uint8Array): number {
  if (part.length >= MIN_CALL_BYTES) bytes.set(part, at);
  else for (let i = 0; i < part.length; i++) bytes[at + i] = part[i] as number;
  return at + part.length;
}
