/** Flags of an attempt in its record: the lowest eight bits of a word. */
export const HandshakeFlag = {
  /** The SYN carried data (TCP Fast Open): an answer may acknowledge the data too. */
  hasData: 1,
  isUntranslatedReset: 2,
  /** Of an ambiguous pair, the attempt that began later, and whether its SYN left the node. */
  isLaterOfPair: 4,
  hasLeftNode: 8,
  /** Two or more SYNs within 20 ms had this sequence number and fingerprint: a packet generator sent them. */
  isGenerated: 16,
  /** Another attempt had the same sequence number while this one was open: the index by server has both. */
  isNumberShared: 32,
  /** A sighting of the latest transmission, a retransmission, had a destination after NAT. */
  isRedirectedAgain: 64,
} as const;
