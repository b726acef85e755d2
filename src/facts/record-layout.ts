/**
 * The stream of facts from the sensor to the main process: the boundary between the process that parses untrusted packets
 * and the one that has credentials. Binary records in the byte order of the machine, on which both processes run.
 *
 * A record begins at a multiple of 8 with two 32-bit words: its type, and its length in bytes, a multiple of 8 that
 * includes these words. A text is sent once, with a number; records refer to it by that number.
 */
export const RecordType = { connection: 1, lookup: 2, text: 3, time: 4, counters: 5, hello: 6 } as const;

/** Version of the stream, in its first record, `hello`. Increase it with every change of a record. */
export const STREAM_VERSION = 4;

export const HEADER_BYTES = 8;

/** The longest record. A longer length means that the stream is corrupt. */
export const MAX_RECORD_BYTES = 65_536;

/** Texts with a number at one time. The numbers are reused in order: a text record replaces the text of its number. */
export const MAX_TEXTS = 16_384;
/** Characters of all these texts. Beyond that, both sides drop the oldest texts. */
export const MAX_TEXT_CHARACTERS = 4 * 1024 * 1024;
/** Characters of one text, all of them printable ASCII: a name, or names joined by spaces. */
export const MAX_TEXT_LENGTH = 2_048;
/** Characters of a name: 255 bytes, each of them escaped. */
export const MAX_NAME_LENGTH = 1_020;

/** Times are microseconds since 1970, up to 2255: a double is exact to the microsecond there. */
export const MAX_MICROS = Number.MAX_SAFE_INTEGER;

/** Positions of 32-bit words (`…At`) and of doubles (`…Double`, in units of 8 bytes) in a connection record. */
export const ConnectionLayout = {
  bytes: 120,
  startDouble: 1,
  endDouble: 2,
  outcomeAt: 6,
  directionAt: 7,
  retriesAt: 8,
  senderLinkAt: 9,
  /** Two tuples (see model/tuple.ts). */
  preNatAt: 10,
  postNatAt: 19,
  /**
   * 0 without an answer from another server. Else that server is the destination of the second tuple, and this is
   * `otherAnswerWord()` of the time from the start to the answer. Followed by an unused word.
   */
  otherAnswerAt: 28,
} as const;

/** The same for a lookup record. */
export const LookupLayout = {
  /** Without addresses. */
  bytes: 120,
  queryDouble: 1,
  /** NaN without answer. */
  answerDouble: 2,
  typeAt: 6,
  /** -1 without answer. */
  rcodeAt: 7,
  nameAt: 8,
  /** Number of the chain's text, its names joined by a space; -1 without chain. */
  chainAt: 9,
  clientAt: 10,
  resolverAt: 14,
  responderAt: 18,
  enclosingAt: 22,
  /** Client port in the high half, resolver port in the low half. */
  portsAt: 26,
  /** Responder port in the high half, the bits of `LookupPresence` in the low half. */
  presenceAt: 27,
  /** Followed by an unused word. */
  senderLinkAt: 28,
  /** The addresses of the answer, four words each, to the end of the record; at most MAX_ANSWER_ADDRESSES. */
  addressesAt: 30,
} as const;

export const LookupPresence = {
  resolver: 1,
  responder: 2,
  enclosing: 4,
  asked: 8,
  truncated: 16,
  misnamed: 32,
  overTcp: 64,
  mayBeOwn: 128,
  unproven: 256,
} as const;

/** The outcomes of a connection record, by number. */
export const CONNECTION_OUTCOMES = [
  "established",
  "refused",
  "timed_out",
  "host_unreachable",
  "network_unreachable",
  "unfinished",
  "repeating",
] as const;
