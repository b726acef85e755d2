/** A command to a program in a pod. */
export type LoadCommand =
  /** Answers HTTP as this workload. Reports `serving`. */
  | { readonly type: "serve"; readonly port: number; readonly identity: string }
  /** Stops to answer, once nothing new comes and no connection is open. Reports `closed`. */
  | { readonly type: "close" }
  /** New connections, each with a lookup of one of the names, in turn; and requests on connections that stay open. */
  | { readonly type: "load"; readonly names: readonly string[]; readonly port: number; readonly reuses: boolean }
  /** Requests begun per second from now on, of each kind; 0 pauses. */
  | { readonly type: "rate"; readonly perSecond: number }
  /** Begins no more, waits for what is open, and reports `attempts`; the counts begin anew. */
  | { readonly type: "settle" }
  /** Reports `latencies` since the last report. */
  | { readonly type: "latencies" };

/** Attempts since `load` or the last report, which all have an end. */
export interface Attempts {
  readonly type: "attempts";
  /** New connections that were answered, by the workload that answered. */
  readonly answered: Readonly<Record<string, number>>;
  /** New connections that failed, by error. */
  readonly failed: Readonly<Record<string, number>>;
}

/** Milliseconds from the time at which a request was due to its answer. */
export interface Latencies {
  readonly type: "latencies";
  /** A lookup, a connection, a request. */
  readonly fresh: readonly number[];
  /** A request on an open connection. */
  readonly reused: readonly number[];
  readonly failures: number;
}

export type LoadReport =
  | { readonly type: "ready" | "serving" | "closed" | "loading" }
  | Attempts
  | Latencies
  | { readonly type: "problem"; readonly text: string };
