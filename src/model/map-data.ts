/** What the page of the HTML map is given. All texts are ready to be shown, and shown as text only. */
interface MapNode {
  /** `GraphNode.id`: unique, and the same in the next map of the cluster. */
  readonly id: string;
  readonly title: string;
  /** With namespace and type, as in the table. */
  readonly label: string;
  readonly type: string;
  /** Owner's kind, or the type. */
  readonly kind: string;
  /** Index into `namespaces`. */
  readonly namespace: number | null;
  /** Center. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface MapEdge {
  /** Indices into `nodes`. */
  readonly client: number;
  readonly server: number;
  readonly connections: number;
  readonly lookups: number;
  readonly failed: number;
  /** Text and count of each outcome that occurred, failures marked. */
  readonly outcomes: readonly (readonly [text: string, count: number, isFailure: boolean])[];
  /** For the drawing: one or two short lines. */
  readonly caption: string;
  readonly ports: string;
  /** Note on interactions without span pairs, because both ends are instrumented; empty without any. */
  readonly ownSpans: string;
  readonly names: readonly string[];
  /** p50, p90, p99 with unit; empty without handshakes. */
  readonly handshake: readonly string[];
  readonly evidence: readonly string[];
  /** Established connections. */
  readonly established: number;
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** Seconds between the last interaction and the end of the observation. */
  readonly age: number;
  readonly curve: MapCurve;
}

/** How an edge runs between the centers of its ends. `weights` along the straight line, `distances` across it. */
export type MapCurve =
  | { readonly type: "loop" }
  | { readonly type: "bend"; readonly distance: number }
  | {
      readonly type: "points";
      readonly weights: readonly number[];
      readonly distances: readonly number[];
      /** From the middle point to the caption. */
      readonly captionX: number;
      readonly captionY: number;
      /** Whether the caption has a place of its own on the line; otherwise it is shown only on demand. */
      readonly hasPlace: boolean;
    };

interface MapNamespace {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface MapData {
  readonly nodes: readonly MapNode[];
  readonly edges: readonly MapEdge[];
  readonly namespaces: readonly MapNamespace[];
  /** Where no packet showed which workload behind a Service served: the Service, and each workload to which it may lead. */
  readonly behind?: readonly (readonly [service: number, workload: number])[];
  /** Services that clients dialed, and the edges to the workloads that served. */
  readonly dialled?: readonly (readonly [service: number, edge: number])[];
  readonly isCompact: boolean;
  /** Fragment of the view that opens without one in the address; empty or absent: the whole map. */
  readonly view?: string;
  /** Of a served map: milliseconds until it requests its data again. */
  readonly renewal?: { readonly millis: number; readonly about: string; readonly missing: string };
}

/**
 * What is chosen on the map: an index into the list of its type. After the namespaces come the groups of nodes without
 * one; bundles are those of the present view.
 */
export interface Choice {
  readonly type: "node" | "edge" | "namespace" | "bundle";
  readonly index: number;
}
