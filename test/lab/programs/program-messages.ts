// What the laboratory and the program in a namespace say to each other: one JSON object a line, over stdin and stdout.

export type ProgramCommand =
  /** Serve a port; `owner` is the pod that does so. `reset` ends each connection by RST once it is established. */
  | { readonly type: "listen"; readonly port: number; readonly owner: string; readonly reset: boolean }
  | { readonly type: "close"; readonly port: number }
  | { readonly type: "act"; readonly actions: readonly ClientAction[] };

/** Something a client does: a lookup, then connections; or one of them only. */
export interface ClientAction {
  readonly id: number;
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
  /** Given to the resolver (getaddrinfo); null to dial `address`. */
  readonly name: string | null;
  readonly address: string | null;
  /** Family of the dialled address; 0 is the first address of the resolver. */
  readonly family: 0 | 4 | 6;
  readonly port: number;
  /** Connections after one lookup; 0 for a lookup only. */
  readonly connections: number;
  readonly gapMs: number;
  /** Own address to dial from, where the machine has several. */
  readonly from: string | null;
  /** Own ports, one a connection. */
  readonly localPorts: readonly number[];
}

export type ConnectOutcome = "ok" | "refused" | "timeout" | "nxdomain" | "error";

/** Times are seconds since the Unix epoch. */
export interface ClientResult {
  readonly type: "result";
  readonly id: number;
  /** Number of the connection within its action. */
  readonly index: number;
  readonly lookupTime: number | null;
  readonly addresses: readonly string[] | null;
  readonly time: number;
  readonly connectedTime: number | null;
  readonly endTime: number;
  readonly dialled: readonly [string, number] | null;
  /** The socket's own address, null where it never connected, and port; null of a lookup. */
  readonly local: readonly [string | null, number] | null;
  readonly outcome: ConnectOutcome;
  readonly reset: boolean;
  readonly error: string | null;
}

/** A server saw a connection: `peer` after source NAT, `local` after destination NAT. */
export interface ServerAccept {
  readonly type: "accept";
  readonly id: number;
  readonly index: number;
  readonly owner: string;
  readonly peer: readonly [string, number];
  readonly local: readonly [string, number];
}

export type ProgramReport = { readonly type: "ready" } | { readonly type: "listening" } | ClientResult | ServerAccept;
