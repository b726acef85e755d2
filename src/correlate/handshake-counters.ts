export interface HandshakeCounters {
  /** Attempts still undecided at this moment. */
  halfOpen: number;
  /** Attempts given up for want of room. */
  halfOpenEvicted: number;
  /** Decided attempts forgotten before their time. */
  decidedEvicted: number;
  /** Further sightings of a SYN that had been seen: on another interface, after NAT. */
  synCopies: number;
  /** Repeats of a SYN whose attempt is decided. */
  synsAfterVerdict: number;
  /** Answers to an attempt that had been given up as timed out. */
  answersAfterTimeout: number;
  /** SYN-ACKs, resets and ICMP errors that belong to no half-open attempt; later copies of an answer among them. */
  unmatchedAnswers: number;
  /** Attempts that were open when the capture ended. */
  unfinished: number;
}

export function zeroHandshakeCounters(): HandshakeCounters {
  return {
    halfOpen: 0,
    halfOpenEvicted: 0,
    decidedEvicted: 0,
    synCopies: 0,
    synsAfterVerdict: 0,
    answersAfterTimeout: 0,
    unmatchedAnswers: 0,
    unfinished: 0,
  };
}
