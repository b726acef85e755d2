import type { Choice, MapData, MapEdge } from "../../model/map-data.ts";
import type { Bundle } from "../view/drawn.ts";
import type { Groups } from "../view/groups.ts";
import type { Shown } from "../view/shown.ts";

/** What the panel and the table need of the present view. */
export interface PanelContext {
  readonly data: MapData;
  readonly groups: Groups;
  readonly shown: Shown;
  /** Those shown. */
  readonly edges: readonly MapEdge[];
  readonly folded: ReadonlySet<number>;
  readonly bundles: readonly Bundle[];
  readonly actions: PanelActions;
}

/** Changes of the view; nodes by `MapNode.id`, groups by index. */
export interface PanelActions {
  choose(choice: Choice): void;
  hide(id: string): void;
  focus(id: string, hops: number): void;
  blastRadius(id: string, needs: boolean): void;
  toggleFold(group: number): void;
  onlyNamespace(group: number): void;
}
