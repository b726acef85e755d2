import { FairShares } from "../../bounded/fair-shares.ts";
import { MAX_VALUES } from "../bounds.ts";

/** Bounds of one edge. */
export interface EdgeBounds {
  readonly maxNamesPerEdge: number;
  readonly maxPortsPerEdge: number;
  readonly maxFlowsPerEdge: number;
  readonly maxAddressesPerEdge: number;
}

/** Sightings of values that are not in the graph because a bound was reached. */
export interface EdgeDrops {
  names: number;
  ports: number;
  flows: number;
  addresses: number;
}

/** An edge whose newest detail can be dropped. */
export interface DetailedEdge {
  dropDetail(drops: EdgeDrops): void;
}

/**
 * The bounds of flows, names, ports and addresses. All edges together have at most `maxDetails` of them beside the first
 * of each kind of each edge; clients share these fairly: the client with the most of them loses its newest.
 */
export class EdgeDetails<Client> {
  readonly bounds: EdgeBounds;
  readonly drops: EdgeDrops = { names: 0, ports: 0, flows: 0, addresses: 0 };
  /** The edge of each detail. Those of removed edges stay until they are the newest of the client with the most. */
  readonly #shares: FairShares<Client, DetailedEdge>;

  constructor(bounds: Partial<EdgeBounds>, maxDetails: number) {
    this.bounds = {
      maxNamesPerEdge: bounds.maxNamesPerEdge ?? MAX_VALUES,
      maxPortsPerEdge: bounds.maxPortsPerEdge ?? MAX_VALUES,
      maxFlowsPerEdge: bounds.maxFlowsPerEdge ?? MAX_VALUES,
      maxAddressesPerEdge: bounds.maxAddressesPerEdge ?? MAX_VALUES,
    };
    this.#shares = new FairShares(maxDetails);
  }

  /** Whether an edge of this client may have another detail, where it has `size` of this kind. */
  hasRoom(client: Client, edge: DetailedEdge, size: number, max: number): boolean {
    if (size >= max) return false;
    if (size === 0) return true;
    const removed = this.#shares.add(client, edge);
    if (removed === null) return true;
    if (removed.owner === client) return false;
    removed.item.dropDetail(this.drops);
    return true;
  }
}
