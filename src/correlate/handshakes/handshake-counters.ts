/** Counters of `Handshakes`. */
export interface HandshakeCounters {
  /** Attempts without an outcome at this moment. */
  halfOpen: number;
  /** Attempts evicted because the table was full. */
  halfOpenEvicted: number;
  /** Tuples of decided attempts that were evicted before their time. */
  decidedEvicted: number;
  /** Sightings of a SYN with the tuple of an earlier sighting. */
  synCopies: number;
  /** Sightings of a SYN with a new tuple, after NAT, that were joined to its attempt. */
  natTuplesJoined: number;
  /** Attempts that began within 20 ms of another attempt with the same sequence number. */
  natTuplesRejected: number;
  /** SYNs of attempts that were already decided. */
  synsAfterVerdict: number;
  /** Answers to attempts that had timed out. */
  answersAfterTimeout: number;
  /** SYN-ACKs, resets and ICMP errors for no half-open attempt, further sightings of an answer included. */
  unmatchedAnswers: number;
  /** SYN-ACKs and resets with the number of a half-open attempt, but from another server or to another client. */
  answersRejected: number;
  /** Attempts without an outcome when the capture ended. */
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
