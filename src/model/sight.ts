import type { Direction } from "./packet.ts";

/** Where an address is, seen from the node whose capture showed it. A pod that is not scheduled has no node. */
export type Place =
  | { readonly type: "pod"; readonly node: string | null }
  | { readonly type: "node"; readonly node: string }
  | { readonly type: "service" }
  | { readonly type: "external" };

/** What decides who reports a connection that several agents have seen. */
export interface Sight {
  /** First SYN. */
  readonly timeMicros: number;
  /** Source of the first leg. */
  readonly source: Place;
  /** Destination of the last leg. */
  readonly destination: Place;
  /** Whether this node changed the source: source of the last leg is not that of the first. */
  readonly isSourceTranslated: boolean;
  readonly firstDirection: Direction;
}
