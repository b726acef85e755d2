/// <reference lib="dom" />
/**
 * The page of the HTML map: connects the drawing to panel, search, buttons and keys. `npm run build` bundles it with
 * Cytoscape.js to one script, which `render/drawing/html.ts` embeds in each map with the graph as JSON.
 */

import type { Choice, MapData } from "../model/map-data.ts";
import { GraphView } from "./graph-view.ts";
import { nodeInDirection } from "./node-in-direction.ts";
import { byId } from "./panel/make-element.ts";
import { panelContent } from "./panel/side-panel.ts";
import { startSearch } from "./search-box.ts";
import { showTooltips } from "./tooltip.ts";

const data = JSON.parse(byId("graph").textContent ?? "") as MapData;
const root = document.documentElement;
const prefersDark = matchMedia("(prefers-color-scheme: dark)");
root.dataset.theme = prefersDark.matches ? "dark" : "light";
const view = new GraphView(byId("map"), data);
const search = byId("search") as HTMLInputElement;
let chosen: Choice | null = null;
let onlyFailing = false;

function choose(choice: Choice | null, isBroughtIntoView: boolean): void {
  chosen = choice;
  view.highlight(choice, onlyFailing);
  byId("panel-body").replaceChildren(...panelContent(data, choice, (next) => choose(next, true)));
  byId("panel-body").scrollTop = 0;
  byId("back").hidden = choice === null;
  if (choice !== null) root.classList.add("panel-open");
  if (choice !== null && isBroughtIntoView) view.bringIntoView(choice);
}

/** Moves the choice to the nearest node in the direction of an arrow key; without a chosen node, pans the view. */
function move(dx: number, dy: number): void {
  if (chosen?.type !== "node") {
    view.panBy(-dx * 80, -dy * 80);
    return;
  }
  const next = nodeInDirection(data.nodes, chosen.index, dx, dy);
  if (next !== null) choose({ type: "node", index: next }, true);
}

function setTheme(theme: "light" | "dark"): void {
  root.dataset.theme = theme;
  view.restyle();
}

/** Runs an action for each of its keys, except arrow keys while the panel has the focus. */
function listenToKeys(panel: HTMLElement, actions: Readonly<Record<string, () => void>>): void {
  document.addEventListener("keydown", (event) => {
    const action = actions[event.key];
    const scrollsPanel = panel.contains(document.activeElement) && event.key.startsWith("Arrow");
    if (action === undefined || event.ctrlKey || event.metaKey || event.altKey || scrollsPanel) return;
    event.preventDefault();
    action();
  });
}

function startFailingButton(): void {
  const button = byId("failing") as HTMLButtonElement;
  const count = data.edges.filter(({ failed }) => failed > 0).length;
  button.append(` ${count}`);
  button.disabled = count === 0;
  button.addEventListener("click", () => {
    onlyFailing = !onlyFailing;
    button.setAttribute("aria-pressed", String(onlyFailing));
    choose(null, false);
  });
}

function startButtons(): void {
  startFailingButton();
  byId("theme").addEventListener("click", () => setTheme(root.dataset.theme === "dark" ? "light" : "dark"));
  prefersDark.addEventListener("change", ({ matches }) => setTheme(matches ? "dark" : "light"));
  byId("fit").addEventListener("click", () => view.fit());
  byId("zoom-in").addEventListener("click", () => view.zoomIn());
  byId("zoom-out").addEventListener("click", () => view.zoomOut());
  byId("back").addEventListener("click", () => choose(null, false));
  byId("panel-toggle").addEventListener("click", () => {
    root.classList.toggle("panel-open");
    view.resize();
  });
}

view.onChoose((choice) => choose(choice, false));
showTooltips(view, byId("tooltip"), data);
startSearch(search, byId("results"), data, (choice) => choose(choice, true));
startButtons();
listenToKeys(byId("panel"), {
  "/": () => search.focus(),
  Escape: () => choose(null, false),
  ArrowLeft: () => move(-1, 0),
  ArrowRight: () => move(1, 0),
  ArrowUp: () => move(0, -1),
  ArrowDown: () => move(0, 1),
  "+": () => view.zoomIn(),
  "-": () => view.zoomOut(),
  "0": () => view.fit(),
});
if (innerWidth > 900) root.classList.add("panel-open");
choose(null, false);
view.resize();
view.fit();
root.dataset.ready = "true";
