/** Formats of a graph; the format of interactions is in `interaction-lines`. */
export const GRAPH_FORMATS = ["table", "wide", "json", "dot", "mermaid", "svg", "html"] as const;
export type GraphFormat = (typeof GRAPH_FORMATS)[number];
/** Formats for people, which leave out nodes without edges. */
export type PictureFormat = Exclude<GraphFormat, "json">;
