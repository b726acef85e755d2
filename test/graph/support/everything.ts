import type { GraphFilter } from "../../../src/graph/filter.ts";

/** The filter that leaves nothing out. */
export const EVERYTHING: GraphFilter = {
  namespaces: new Set(),
  from: null,
  to: null,
  failed: false,
  external: false,
  sinceMicros: null,
  evidence: new Set(),
};
