/**
 * Where the fields of an attempt stand in its record: 32-bit words (`…At`), doubles (`…Double`). What every SYN touches
 * stands in front, what only some attempts have behind; every 16 words are a cache line.
 */
export const HandshakeLayout = {
  /** First SYN, and the first sighting of the last one: each repeat of the SYN begins another round of sightings. */
  startDouble: 0,
  lastSynDouble: 1,
  /** Time of an answer that did not carry the dialled address; 0 without. */
  otherAnswerDouble: 2,
  sequenceAt: 6,
  /** What NAT leaves alone of the last SYN; see leg-rules.ts. */
  fingerprintAt: 7,
  bySequenceAt: 8,
  byLastSynAt: 10,
  /** Repeated SYNs after the first one. */
  retriesAt: 12,
  /** Bits of `HandshakeMark`. */
  marksAt: 13,
  /** Of the last sighting: see `Previous`. */
  previousAt: 14,

  /** Where the first sighting came in; in front of who dialled what, and moved with it. */
  senderLinkAt: 15,
  /** Who dialled what, and who serves; see tuple.ts. Equal where one form of the SYN was seen. */
  firstAt: 16,
  lastAt: 25,
  /** Hashes of the attempt's different sightings, as many as `seenCountAt` says. */
  seenAt: 34,
  seenCountAt: 37,
  /** Of an answer that did not carry the dialled address: the server's own number. */
  answerSequenceAt: 38,
  /** Forms in which the present round was seen. */
  formsAt: 39,
  /** Two words for each of an attempt's entries by server. */
  byServerAt: 40,
  dataEndAt: 46,
  /** The attempt that may be another leg of this one, or of which this one may be another leg; NO_RECORD without. */
  twinAt: 47,
  words: 48,
} as const;

export const HandshakeMark = {
  /** Data came with the SYN (Fast Open): the server may acknowledge them too, so the attempt has a second number. */
  hasData: 1,
  otherAnswerIsReset: 2,
  /** The destination was translated: whoever serves is another than was dialled. */
  isDestinationTranslated: 4,
  /** Of two twins the one that was seen later, and whether it has left the node. */
  isLaterTwin: 16,
  hasGoneOut: 32,
  /** Others with this number and fingerprint were begun just before: a tool's. */
  isOneOfMany: 64,
  /** Another attempt had its number while it was open: both stand in the index by server. */
  isNumberShared: 128,
  /** Direction of the first sighting stands in the bits from here. */
  directionShift: 8,
} as const;

/** An attempt's last sighting: hops that were left in the low bits, whether it was a bridge's port, its direction. */
export const Previous = { hops: 0xff, isBridged: 0x100, directionShift: 9 } as const;

/** A SYN passes one node in up to three forms: as it was dialled, after one translation, after two. */
export const MAX_FORMS = 3;
