import type { Direction } from "./packet.ts";

/** An address with its port; the address is canonical text. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Both ends of a connection, as its SYN carried them before or after NAT. */
export interface Tuple {
  readonly source: Endpoint;
  readonly destination: Endpoint;
}

/**
 * Where connections go that have the same client address, and the same destination before and after NAT. Resolve keeps in it what
 * it knows of them, and checks that what it finds is its own, and still valid.
 */
export class ConnectionPath {
  readonly #client: string;
  readonly #dialled: Endpoint;
  readonly #served: Endpoint;
  /** Kept by resolve. */
  known: object | null = null;

  constructor(client: string, dialled: Endpoint, served: Endpoint) {
    this.#client = client;
    this.#dialled = dialled;
    this.#served = served;
  }

  isOf(client: string, dialled: Endpoint, served: Endpoint): boolean {
    return isSameEndpoint(this.#dialled, dialled) && isSameEndpoint(this.#served, served) && this.#client === client;
  }
}

export function isSameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a === b || (a.port === b.port && a.address === b.address);
}

export type ConnectionOutcome =
  | "established"
  | "refused"
  | "timed_out"
  | "host_unreachable"
  | "network_unreachable"
  /** The capture ended before the verdict. */
  | "unfinished"
  /** Reported at the first retransmission of its SYN; the verdict follows, maybe minutes later. */
  | "repeating";

/** An answer that reached the client's address, from a server that no sighting of the SYN went to. */
export interface OtherAnswer {
  readonly server: Endpoint;
  readonly outcome: "established" | "refused";
  readonly micros: number;
}

/** Fact: one TCP connection attempt, however often its SYN was seen. */
export interface Connection {
  /** First SYN. Microseconds since the Unix epoch, as every `…Micros`. */
  readonly startMicros: number;
  /** Time of the SYN-ACK that reached the client, or of the verdict. */
  readonly endMicros: number;
  readonly outcome: ConnectionOutcome;
  /** Tuple before NAT: what the client dialed. */
  readonly preNat: Tuple;
  /** Tuple after NAT: what the server sees. The same object as `preNat` where no translation was seen. */
  readonly postNat: Tuple;
  /** Where other connections may be like it; null: not known. */
  readonly path?: ConnectionPath | null;
  /** Direction of the first frame that carried the SYN. */
  readonly firstDirection: Direction;
  /** Link-layer sender of the first SYN; see `TcpSegment`. */
  readonly senderLink: number;
  /** Retransmissions of the SYN. */
  readonly retries: number;
  /**
   * Of an attempt that got no other answer: the server may be an endpoint of the Service that the client dialed, and both
   * translations unseen; or the answer is forged. Null without one.
   */
  readonly otherAnswer?: OtherAnswer | null;
}
