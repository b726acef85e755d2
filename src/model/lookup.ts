import type { Endpoint } from "./connection.ts";
import type { End } from "./interaction.ts";

/** Fact: one DNS exchange, however many sightings its query and answer have. */
export interface Lookup {
  /** Time of the first sighting of the query; of the answer if no query was seen. */
  readonly queryMicros: number;
  /** Time of the last sighting of the answer; null without an answer in time. */
  readonly answerMicros: number | null;
  /** Source of the query's first sighting; without a query, destination of the answer's last sighting. */
  readonly client: Endpoint;
  /** Destination of the query's first sighting: the resolver as the client addressed it. Null without a query. */
  readonly resolver: Endpoint | null;
  /** Source of the answer's first sighting: the server that answered. Null without an answer. */
  readonly responder: Endpoint | null;
  /**
   * Whether the answer went back the way that the query came; also true without an answer. If false, any host may have
   * sent the answer: it came without a query, or, where `resolver` is set, from another server than the client queried.
   */
  readonly isAsked: boolean;
  /**
   * The forwarder that sent this query: the server of an equal question from another client that was open meanwhile, as
   * the last sighting addressed it, provided that it passed the answer on. Null without one.
   */
  readonly enclosingServer: string | null;
  /** It is not certain that the forwarder sent it: when this query ended, the other one was not answered, or long ago. */
  readonly mayBeOwn: boolean;
  /**
   * `enclosingServer` had not answered any query before. If it answers the equal question within 3 s, it sent this query;
   * otherwise the query is the client's own.
   */
  readonly isUnproven: boolean;
  /** Link-layer sender of the query; see `DnsMessage`. */
  readonly senderLink: number;
  /** The question in lower case, without the trailing dot. */
  readonly name: string;
  /** QTYPE. */
  readonly type: number;
  /** Response code; null without an answer. */
  readonly rcode: number | null;
  /** The answer has the TC flag, and only the records that fit: some clients query again over TCP, some use these. */
  readonly isTruncated: boolean;
  /**
   * The addresses are of records with another owner name than the question or the end of its chain; some clients use
   * them.
   */
  readonly isMisnamed: boolean;
  /** Over TCP, else over UDP. */
  readonly isOverTcp: boolean;
  /** CNAME targets in order, in lower case. */
  readonly chain: readonly string[];
  /** Canonical addresses that the name resolved to. */
  readonly addresses: readonly string[];
}

/** A client queried a DNS server. Not every query is reported. */
export interface ResolverQuery {
  readonly client: End;
  /** As the client addressed it. */
  readonly server: Endpoint;
  readonly transport: "udp" | "tcp";
  /** The server. */
  readonly end: End;
}
