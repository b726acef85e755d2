/// <reference lib="dom" />
import type { Choice, MapData } from "../model/map-data.ts";
import type { GraphView } from "./drawing/graph-view.ts";
import { edgeTable } from "./panel/edge-table.ts";
import { FilterForm } from "./panel/filter-form.ts";
import { byId } from "./panel/make-element.ts";
import type { PanelActions, PanelContext } from "./panel/panel-context.ts";
import { countText, numberText } from "./panel/panel-parts.ts";
import { panelContent } from "./panel/side-panel.ts";
import { type Place, placeInDirection } from "./place-in-direction.ts";
import { choiceKey, choiceOf } from "./view/choice-key.ts";
import { type Drawn, drawnOf } from "./view/drawn.ts";
import type { Groups } from "./view/groups.ts";
import { type Shown, shownOf } from "./view/shown.ts";
import { isFiltered, parseView, type ViewState, viewFragment, WHOLE_MAP, withoutFilters } from "./view/view-state.ts";

/** The present view: each change goes through here, to the drawing, the panel, the table and the address. */
export class MapController implements PanelActions {
  readonly #data: MapData;
  readonly #groups: Groups;
  readonly #view: GraphView;
  readonly #form: FilterForm;
  #state: ViewState = WHOLE_MAP;
  #choice: Choice | null = null;
  #shown: Shown;
  #folded: ReadonlySet<number> = new Set();
  #drawn: Drawn;
  /** Whether the map was last fitted as a whole. */
  #isWhole = true;

  constructor(data: MapData, groups: Groups, view: GraphView) {
    this.#data = data;
    this.#groups = groups;
    this.#view = view;
    this.#shown = shownOf(data, WHOLE_MAP);
    this.#drawn = drawnOf(data, groups, this.#shown, this.#folded);
    this.#form = new FilterForm(byId("filters"), data, (filters) => this.change(filters));
  }

  get state(): ViewState {
    return this.#state;
  }

  /** Shows the view of an address. */
  open(fragment: string): void {
    this.#state = parseView(fragment);
    this.#update();
    this.#fit(true);
    this.choose(choiceOf(this.#data, this.#groups, this.#state.chosen));
  }

  /** Shows the same view of other data, which `data` has by now; the part on the screen stays. */
  renew(): void {
    this.#groups.read(this.#data);
    this.#view.clear();
    this.#update();
    this.#view.place();
    this.choose(choiceOf(this.#data, this.#groups, this.#state.chosen));
  }

  /** Changes filters or the table. Another filter shows another part, so it folds by its own number of nodes. */
  change(change: Partial<ViewState>): void {
    const isOnlyTable = Object.keys(change).every((key) => key === "isTable");
    this.#state = { ...this.#state, ...(isOnlyTable ? {} : { toggled: [] }), ...change };
    this.#update();
    if (!isOnlyTable) this.fit();
    this.choose(isOnlyTable ? this.#choice : null);
  }

  /** Shows the whole drawing. */
  fit(): void {
    this.#fit(false);
  }

  reset(): void {
    this.change(withoutFilters(this.#state));
  }

  choose(choice: Choice | null): void {
    this.#choice = choice;
    this.#state = { ...this.#state, chosen: choiceKey(this.#data, this.#groups, choice) };
    this.#writeAddress();
    this.#view.highlight(choice);
    byId("panel-body").replaceChildren(...panelContent(this.#context(), choice));
    byId("panel-body").scrollTop = 0;
    byId("back").hidden = choice === null;
    if (choice !== null) document.documentElement.classList.add("panel-open");
  }

  /** Chooses, and brings it into view: what filters leave out appears, and its groups unfold. */
  show(choice: Choice): void {
    const { client = -1, server = -1 } = (choice.type === "edge" ? this.#data.edges[choice.index] : undefined) ?? {};
    const nodes = choice.type === "node" ? [choice.index] : choice.type === "edge" ? [client, server] : [];
    const isLeftOut =
      nodes.some((node) => !this.#shown.nodes.has(node)) ||
      (choice.type === "edge" && !this.#shown.edges.has(choice.index));
    if (isLeftOut) this.reset();
    const groups = new Set(nodes.map((node) => this.#groups.of(node)));
    for (const group of groups) if (group !== null && this.#folded.has(group)) this.toggleFold(group);
    this.choose(choice);
    this.#view.bringIntoView(choice);
  }

  hide(id: string): void {
    this.change({ hidden: [...this.#state.hidden, id] });
  }

  focus(id: string, hops: number): void {
    this.change({ focus: { id, hops } });
    this.show({ type: "node", index: this.#indexOf(id) });
  }

  blastRadius(id: string, needs: boolean): void {
    this.change({ blast: { ids: [id], needs, maxDepth: null } });
  }

  onlyNamespace(group: number): void {
    this.change({ namespaces: [this.#groups.all[group]?.title ?? ""] });
  }

  /** Folds a group, or unfolds it, and chooses it. */
  toggleFold(group: number): void {
    const title = this.#groups.all[group]?.title ?? "";
    const { toggled } = this.#state;
    const isToggled = toggled.includes(title);
    this.#state = {
      ...this.#state,
      toggled: isToggled ? toggled.filter((each) => each !== title) : [...toggled, title],
    };
    this.#update();
    this.choose({ type: "namespace", index: group });
  }

  toggleChosenFold(): void {
    if (this.#choice?.type === "namespace") this.toggleFold(this.#choice.index);
  }

  withChosenNode(act: (id: string) => void): void {
    const node = this.#choice?.type === "node" ? this.#data.nodes[this.#choice.index] : undefined;
    if (node !== undefined) act(node.id);
  }

  /** Chooses the nearest box in a direction; without a choice, the first one. */
  move(dx: number, dy: number): void {
    const places = this.#places();
    const from = places.find(({ choice }) => choice.type === this.#choice?.type && choice.index === this.#choice.index);
    const next = from === undefined ? places[0] : placeInDirection(places, from, dx, dy);
    if (next == null) return;
    this.choose(next.choice);
    this.#view.bringIntoView(next.choice);
  }

  toggleFilters(): void {
    this.#form.toggle();
    byId("filter").setAttribute("aria-expanded", String(!byId("filters").hidden));
    this.#view.resize();
  }

  /** A line about a bundle or a folded group, for the tooltip. */
  describe(choice: Choice): string {
    if (choice.type === "namespace") return `${this.#groups.all[choice.index]?.title ?? ""}: click to unfold`;
    const bundle = this.#drawn.bundles[choice.index];
    if (bundle === undefined) return "";
    const { edges, connections, failed } = bundle;
    return [countText(edges.length, "edge"), countText(connections, "connection"), `${numberText(failed)} failed`].join(
      ", ",
    );
  }

  #places(): readonly Place[] {
    const { nodes, groups } = this.#drawn;
    return [
      ...groups.map(({ index }) => ({ choice: { type: "namespace", index } as const, at: this.#groups.all[index] })),
      ...nodes.map((index) => ({ choice: { type: "node", index } as const, at: this.#data.nodes[index] })),
    ].flatMap(({ choice, at }) => (at === undefined ? [] : [{ choice, x: at.x, y: at.y }]));
  }

  #indexOf(id: string): number {
    return this.#data.nodes.findIndex((node) => node.id === id);
  }

  #context(): PanelContext {
    return {
      data: this.#data,
      groups: this.#groups,
      shown: this.#shown,
      edges: [...this.#shown.edges].flatMap((index) => this.#data.edges[index] ?? []),
      folded: this.#folded,
      bundles: this.#drawn.bundles,
      actions: {
        choose: (choice) => this.show(choice),
        hide: (id) => this.hide(id),
        focus: (id, hops) => this.focus(id, hops),
        blastRadius: (id, needs) => this.blastRadius(id, needs),
        toggleFold: (group) => this.toggleFold(group),
        onlyNamespace: (group) => this.onlyNamespace(group),
      },
    };
  }

  #update(): void {
    const state = this.#state;
    this.#shown = shownOf(this.#data, state);
    this.#folded = this.#groups.folded(this.#shown, state.toggled);
    this.#drawn = drawnOf(this.#data, this.#groups, this.#shown, this.#folded);
    this.#view.draw(this.#drawn);
    this.#view.markZone(this.#shown.distances);
    this.#form.write(state);
    byId("failing").setAttribute("aria-pressed", String(state.failing));
    byId("table-toggle").setAttribute("aria-pressed", String(state.isTable));
    byId("table").hidden = !state.isTable;
    byId("table").replaceChildren(...(state.isTable ? edgeTable(this.#context()) : []));
    byId("reset").hidden = !isFiltered(state);
    byId("shown").textContent = this.#status();
  }

  #fit(isReadable: boolean): void {
    this.#isWhole = this.#view.fit(isReadable);
    byId("shown").textContent = this.#status();
  }

  /** What is shown, and what is not. */
  #status(): string {
    const { nodes, edges } = this.#data;
    const { hidden, focus, blast } = this.#state;
    const label = (id: string): string => nodes[this.#indexOf(id)]?.label ?? id;
    const parts = [
      `${numberText(this.#shown.nodes.size)} of ${countText(nodes.length, "node")}`,
      `${numberText(this.#shown.edges.size)} of ${countText(edges.length, "edge")}`,
    ];
    if (!this.#isWhole) parts.push("zoomed in: key 0 shows the whole map");
    if (this.#folded.size > 0) parts.push(`${countText(this.#folded.size, "group")} folded`);
    if (hidden.length > 0) parts.push(`hidden: ${hidden.map(label).join(", ")}`);
    if (focus !== null) parts.push(`at most ${countText(focus.hops, "hop")} from ${label(focus.id)}`);
    if (blast !== null) parts.push(`${blast.needs ? "needs" : "blast radius"} of ${blast.ids.map(label).join(", ")}`);
    return parts.join(" · ");
  }

  #writeAddress(): void {
    const fragment = viewFragment(this.#state);
    if (fragment !== location.hash.replace(/^#/, "")) history.replaceState(null, "", `#${fragment}`);
  }
}
