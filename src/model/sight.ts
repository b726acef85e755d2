import type { Direction } from "./packet.ts";

/** Location of an address. An unscheduled pod has no node. */
export type Place =
  | { readonly type: "pod"; readonly node: string | null }
  | { readonly type: "node"; readonly node: string }
  | { readonly type: "service" }
  | { readonly type: "external" };

/** Input to the decision which of several agents reports a connection that they all saw. */
export interface Sight {
  /** First SYN. */
  readonly timeMicros: number;
  /** Source before NAT. */
  readonly source: Place;
  /** Destination after NAT. */
  readonly destination: Place;
  /** Whether the source after NAT differs from the source before NAT. */
  readonly isSourceTranslated: boolean;
  readonly firstDirection: Direction;
}
