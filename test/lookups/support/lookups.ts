import type { Lookup } from "../../../src/model/lookup.ts";

export const A = 1;
export const AAAA = 28;

/** A query that was answered with NXDOMAIN at once. */
export function failedLookup(name: string, more: Partial<Lookup> = {}): Lookup {
  return {
    queryMicros: 0,
    answerMicros: 0,
    client: { address: "10.244.1.5", port: 40_000 },
    resolver: { address: "10.96.0.10", port: 53 },
    responder: { address: "10.96.0.10", port: 53 },
    isAsked: true,
    isTruncated: false,
    isMisnamed: false,
    isOverTcp: false,
    mayBeOwn: false,
    enclosingServer: null,
    senderLink: 0,
    name,
    type: A,
    rcode: 3,
    chain: [],
    addresses: [],
    ...more,
  };
}
