import type { Direction } from "./packet.ts";

/** An address with its port; the address is canonical text. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** One sighting of a connection's SYN on an interface, before or after some NAT. */
export interface Leg {
  readonly source: Endpoint;
  readonly destination: Endpoint;
}

export type ConnectionOutcome =
  | "established"
  | "refused"
  | "timed_out"
  | "host_unreachable"
  | "network_unreachable"
  /** Open when the capture ended: known to exist, its end is not. */
  | "unfinished"
  /** Told in advance at the first repeat of its SYN: its verdict may come minutes later, and follows. */
  | "repeating";

/** Wire fact: one TCP connection attempt, however often its SYN was seen. Knows nothing of the cluster. */
export interface Connection {
  /** First SYN. Microseconds since the Unix epoch, as every `…Micros`. */
  readonly startMicros: number;
  /** SYN-ACK that reached the client, or the moment of the verdict. */
  readonly endMicros: number;
  readonly outcome: ConnectionOutcome;
  /** Who dialled what. */
  readonly first: Leg;
  /** Who serves. Equal to `first` where one interface saw the SYN. */
  readonly last: Leg;
  /** Direction of the first leg's frame. */
  readonly firstDirection: Direction;
  /** Where the first SYN came in; see `TcpSegment`. */
  readonly senderLink: number;
  /** Repeated SYNs after the first one. */
  readonly retries: number;
}
