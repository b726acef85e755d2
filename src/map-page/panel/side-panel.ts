/// <reference lib="dom" />
import type { Choice, MapData } from "../../model/map-data.ts";
import { edgeDetails } from "./edge-details.ts";
import { namespaceDetails } from "./namespace-details.ts";
import { nodeDetails } from "./node-details.ts";
import { overview } from "./overview.ts";
import { RowMaker } from "./panel-parts.ts";

/** The content of the side panel for a choice, or without one. */
export function panelContent(data: MapData, choice: Choice | null, choose: (choice: Choice) => void): HTMLElement[] {
  const rows = new RowMaker(choose);
  switch (choice?.type) {
    case undefined:
      return overview(data, rows);
    case "namespace":
      return namespaceDetails(data, choice.index, rows);
    case "node":
      return nodeDetails(data, choice.index, rows);
    case "edge":
      return edgeDetails(data, choice.index, rows);
  }
}
