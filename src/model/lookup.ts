import type { Endpoint } from "./connection.ts";

/** Wire fact: one DNS exchange, however often its query and answer were seen. Knows nothing of the cluster. */
export interface Lookup {
  /** First sighting of the query; of the answer where the query was not seen. */
  readonly queryMicros: number;
  /** Last copy of the answer; null when none came in time. */
  readonly answerMicros: number | null;
  /** Source of the query's first copy; destination of the answer's last one where no query is known. */
  readonly client: Endpoint;
  /** Destination of the query's first copy: the resolver that the client dialled. Null when no query was seen. */
  readonly resolver: Endpoint | null;
  /** Source of the answer's first copy: who really answered. Null without answer. */
  readonly responder: Endpoint | null;
  /**
   * Whether the answer went back the way the query had come, as any sighting of either shows it, or there was none.
   * An answer for which that is false may be anybody's: it came without a query, or, where `resolver` is set, from
   * another address than the client had sent this query to.
   */
  readonly isAsked: boolean;
  /**
   * Where an equal question stood open from another client while this query was sent: that question's server,
   * as its last copy addressed it, where it has passed the answer on. A forwarder on the way shows so. Null otherwise.
   */
  readonly enclosingServer: string | null;
  /** Where the query came in; see `DnsMessage`. */
  readonly senderLink: number;
  /** The question, case-folded, without trailing dot. */
  readonly name: string;
  /** QTYPE. */
  readonly type: number;
  /** Response code; null without answer. */
  readonly rcode: number | null;
  /** The answer did not fit its message, and has what was whole of it: some clients ask again over TCP, some go on with it. */
  readonly isTruncated: boolean;
  /** The addresses are of records with another owner than the question or the end of its chain: some clients take them. */
  readonly isMisnamed: boolean;
  /** CNAME targets in order, lower case. */
  readonly chain: readonly string[];
  /** Canonical addresses that the name resolved to. */
  readonly addresses: readonly string[];
}
