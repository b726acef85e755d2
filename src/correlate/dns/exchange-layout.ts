/** Where the fields of an exchange stand in its record: 32-bit words (`…At`), doubles (`…Double`). */
export const ExchangeLayout = {
  /** First sighting of the query; of the answer where the query was not seen. */
  queryDouble: 0,
  /** First sighting of the answer. */
  firstAnswerDouble: 1,
  /** Last sighting of the query while it waits, of the answer once it has come; as the fingerprint. */
  lastCopyDouble: 2,
  /** The exchange that stood open when this query was sent; see `addEnclosing`. */
  enclosingRecordAt: 6,
  /** Where the query's first sighting came in. */
  senderLinkAt: 7,
  /** The message's id, and the transport above it: see `idWord`. */
  idAt: 8,
  byIdAt: 9,
  settlingAt: 11,
  fingerprintAt: 13,
  /** Bits of `ExchangeMark`. */
  marksAt: 14,
  rcodeAt: 15,
  /** Ends of the query's and of the answer's first and last sighting; see tuple.ts. */
  firstQueryAt: 16,
  lastQueryAt: 25,
  firstAnswerAt: 34,
  lastAnswerAt: 43,
  /** Server of an equal question that stood open when this one was sent. */
  enclosingAt: 52,
  byQuestionAt: 56,
  waitingAt: 58,
  /** Hashes of further servers that the query was seen to go to, as many as there are; 0 for none. */
  otherServersAt: 60,
  words: 64,
} as const;

export const ExchangeMark = {
  isAnswered: 1,
  /** The query was seen; of an answered exchange: its answer goes back the way the query came. */
  hasQuery: 2,
  hasEnclosing: 4,
  /** The client has asked this, with this id and from this port, but of another server. */
  askedElsewhere: 8,
  /** The answer did not fit its message, and says: ask again over TCP. */
  isTruncated: 16,
} as const;
