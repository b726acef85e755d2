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

/** Fact: one TCP connection attempt, however often its SYN was seen. */
export interface Connection {
  /** First SYN. Microseconds since the Unix epoch, as every `…Micros`. */
  readonly startMicros: number;
  /** Time of the SYN-ACK that reached the client, or of the verdict. */
  readonly endMicros: number;
  readonly outcome: ConnectionOutcome;
  /** Tuple before NAT: what the client dialled. */
  readonly preNat: Tuple;
  /** Tuple after NAT: what the server sees. The same object as `preNat` where no translation was seen. */
  readonly postNat: Tuple;
  /** Direction of the first frame that carried the SYN. */
  readonly firstDirection: Direction;
  /** Link-layer sender of the first SYN; see `TcpSegment`. */
  readonly senderLink: number;
  /** Retransmissions of the SYN. */
  readonly retries: number;
}
