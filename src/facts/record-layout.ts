/**
 * The stream of facts from the sensor to the main process: the border between what parses hostile bytes and what
 * has credentials. Fixed binary records of numbers in the machine's byte order (both ends run on one machine).
 *
 * Every record begins with two 32-bit words, its type and its length in bytes (a multiple of 8, header included),
 * and stands at a multiple of 8. Texts are sent once, under a number, and named by that number afterwards.
 */
export const RecordType = { connection: 1, lookup: 2, text: 3, time: 4, counters: 5, hello: 6 } as const;

/** Of the stream between two programs; its first record, `hello`, carries it. Raise it with every change of a record. */
export const STREAM_VERSION = 1;

export const HEADER_BYTES = 8;

/** No record is longer: a longer length is a broken stream. */
export const MAX_RECORD_BYTES = 65_536;

/** Texts known at one time; then numbers are given anew in turn, and a text record replaces what its number meant. */
export const MAX_TEXTS = 16_384;
/** Characters of all texts that are known at one time; more than that, and the oldest are forgotten on both sides. */
export const MAX_TEXT_CHARACTERS = 4 * 1024 * 1024;

/** Positions of the 32-bit words (`…At`) and of the doubles (`…Double`, in units of 8 bytes) in a connection record. */
export const ConnectionLayout = {
  bytes: 112,
  startDouble: 1,
  endDouble: 2,
  outcomeAt: 6,
  directionAt: 7,
  retriesAt: 8,
  senderLinkAt: 9,
  preNatAt: 10,
  postNatAt: 18,
  /** Two words: source port in the high half, destination port in the low half; before NAT, then after NAT. */
  portsAt: 26,
} as const;

/** The same for a lookup record; `addressesAt` begins the addresses, four words each, to the end of the record. */
export const LookupLayout = {
  bytes: 120,
  queryDouble: 1,
  /** NaN without answer. */
  answerDouble: 2,
  typeAt: 6,
  /** -1 without answer. */
  rcodeAt: 7,
  nameAt: 8,
  /** Number of the chain's text, names joined by a space; -1 without chain. */
  chainAt: 9,
  clientAt: 10,
  resolverAt: 14,
  responderAt: 18,
  enclosingAt: 22,
  /** Client port in the high half, resolver port in the low half. */
  portsAt: 26,
  /** Responder port in the high half; below it the bits of `LookupPresence`. */
  presenceAt: 27,
  /** The word behind it is unused. */
  senderLinkAt: 28,
  addressesAt: 30,
} as const;

export const LookupPresence = {
  resolver: 1,
  responder: 2,
  enclosing: 4,
  asked: 8,
  truncated: 16,
  misnamed: 32,
} as const;

/** Outcomes of a connection record by their number. */
export const CONNECTION_OUTCOMES = [
  "established",
  "refused",
  "timed_out",
  "host_unreachable",
  "network_unreachable",
  "unfinished",
  "repeating",
] as const;
