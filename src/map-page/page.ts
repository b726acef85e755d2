/// <reference lib="dom" />
/**
 * The page of the HTML map: connects the drawing to panel, search, buttons and keys. `npm run build` bundles it with
 * Cytoscape.js to one script, which `render/drawing/html.ts` embeds in each map with the graph as JSON.
 */

import type { MapData } from "../model/map-data.ts";
import { GraphView } from "./drawing/graph-view.ts";
import { ElementMaker } from "./drawing/map-elements.ts";
import { MapController } from "./map-controller.ts";
import { byId } from "./panel/make-element.ts";
import { startRenewal } from "./renewal.ts";
import { startSaving } from "./save-view.ts";
import { startSearch } from "./search-box.ts";
import { showTooltips } from "./tooltip.ts";
import { Groups } from "./view/groups.ts";

const data = JSON.parse(byId("graph").textContent ?? "") as MapData;
const root = document.documentElement;
const prefersDark = matchMedia("(prefers-color-scheme: dark)");
root.dataset.theme = prefersDark.matches ? "dark" : "light";
const groups = new Groups(data);
const view = new GraphView(byId("map"), data, new ElementMaker(data, groups));
const search = byId("search") as HTMLInputElement;
const map = new MapController(data, groups, view);

function setTheme(theme: "light" | "dark"): void {
  root.dataset.theme = theme;
  view.restyle();
}

/** Runs an action for each of its keys, except those that the focused control uses. */
function listenToKeys(actions: Readonly<Record<string, () => void>>): void {
  document.addEventListener("keydown", (event) => {
    const action = actions[event.key];
    const focused = document.activeElement;
    const scrolls = event.key.startsWith("Arrow") && focused?.closest("#panel, #table") != null;
    const presses = event.key === "Enter" && focused?.closest("button, summary, a") != null;
    if (action === undefined || event.ctrlKey || event.metaKey || event.altKey || scrolls || presses) return;
    event.preventDefault();
    action();
  });
}

function startFailingButton(): void {
  const button = byId("failing") as HTMLButtonElement;
  const count = data.edges.filter(({ failed }) => failed > 0).length;
  button.append(` ${count}`);
  button.disabled = count === 0;
}

function startButtons(): void {
  startFailingButton();
  const clicks: Readonly<Record<string, () => void>> = {
    theme: () => setTheme(root.dataset.theme === "dark" ? "light" : "dark"),
    failing: () => map.change({ failing: !map.state.failing }),
    filter: () => map.toggleFilters(),
    "table-toggle": () => map.change({ isTable: !map.state.isTable }),
    reset: () => map.reset(),
    fit: () => map.fit(),
    "zoom-in": () => view.zoomIn(),
    "zoom-out": () => view.zoomOut(),
    back: () => map.choose(null),
    "panel-toggle": () => {
      root.classList.toggle("panel-open");
      view.resize();
    },
  };
  for (const [id, act] of Object.entries(clicks)) byId(id).addEventListener("click", act);
  prefersDark.addEventListener("change", ({ matches }) => setTheme(matches ? "dark" : "light"));
}

view.onChoose(
  (choice) => map.choose(choice),
  (group) => map.toggleFold(group),
);
showTooltips(view, byId("tooltip"), data, (choice) => map.describe(choice));
startSearch(search, byId("results"), data, (choice) => map.show(choice));
startButtons();
startSaving(view, setTheme);
listenToKeys({
  "/": () => search.focus(),
  Escape: () => map.choose(null),
  Enter: () => map.toggleChosenFold(),
  ArrowLeft: () => map.move(-1, 0),
  ArrowRight: () => map.move(1, 0),
  ArrowUp: () => map.move(0, -1),
  ArrowDown: () => map.move(0, 1),
  "+": () => view.zoomIn(),
  "-": () => view.zoomOut(),
  "0": () => map.fit(),
  t: () => map.change({ isTable: !map.state.isTable }),
  h: () => map.withChosenNode((id) => map.hide(id)),
  b: () => map.withChosenNode((id) => map.blastRadius(id, false)),
  f: () => map.withChosenNode((id) => map.focus(id, 1)),
  u: () => map.reset(),
});
addEventListener("hashchange", () => map.open(location.hash));
if (innerWidth > 900) {
  root.classList.add("panel-open");
  byId("legend").setAttribute("open", "");
}
view.resize();
map.open(location.hash === "" ? (data.view ?? "") : location.hash);
startRenewal(data, () => map.renew());
root.dataset.ready = "true";
