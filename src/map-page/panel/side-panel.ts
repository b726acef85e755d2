/// <reference lib="dom" />
import type { Choice } from "../../model/map-data.ts";
import { bundleDetails } from "./bundle-details.ts";
import { edgeDetails } from "./edge-details.ts";
import { namespaceDetails } from "./namespace-details.ts";
import { nodeDetails } from "./node-details.ts";
import { overview } from "./overview.ts";
import type { PanelContext } from "./panel-context.ts";
import { RowMaker } from "./panel-parts.ts";

/** The content of the side panel for a choice, or without one. */
export function panelContent(context: PanelContext, choice: Choice | null): HTMLElement[] {
  const rows = new RowMaker((next) => context.actions.choose(next));
  switch (choice?.type) {
    case undefined:
      return overview(context, rows);
    case "namespace":
      return namespaceDetails(context, choice.index, rows);
    case "node":
      return nodeDetails(context, choice.index, rows);
    case "edge":
      return edgeDetails(context.data, choice.index, rows);
    case "bundle":
      return bundleDetails(context, choice.index, rows);
  }
}
