export interface HandshakeCounters {
  /** Attempts still undecided at this moment. */
  halfOpen: number;
  /** Attempts given up for want of room. */
  halfOpenEvicted: number;
  /** Decided attempts forgotten before their time. */
  decidedEvicted: number;
  /** Further sightings of a SYN in a form that had been seen: on another interface. */
  synCopies: number;
  /** Sightings of a SYN in a new form, after NAT: the legs that were joined to its attempt. */
  natTuplesJoined: number;
  /** SYNs with the number of an attempt begun within 20 ms that are no leg of it: attempts of their own. */
  natTuplesRejected: number;
  /** Repeats of a SYN whose attempt is decided. */
  synsAfterVerdict: number;
  /** Answers to an attempt that had been given up as timed out. */
  answersAfterTimeout: number;
  /** SYN-ACKs, resets and ICMP errors that belong to no half-open attempt; later copies of an answer among them. */
  unmatchedAnswers: number;
  /** SYN-ACKs and resets with the number of an open attempt, from a server that it did not dial or to another client. */
  answersRejected: number;
  /** Attempts that were open when the capture ended. */
  unfinished: number;
}

export function zeroHandshakeCounters(): HandshakeCounters {
  return {
    halfOpen: 0,
    halfOpenEvicted: 0,
    decidedEvicted: 0,
    synCopies: 0,
    natTuplesJoined: 0,
    natTuplesRejected: 0,
    synsAfterVerdict: 0,
    answersAfterTimeout: 0,
    unmatchedAnswers: 0,
    answersRejected: 0,
    unfinished: 0,
  };
}
