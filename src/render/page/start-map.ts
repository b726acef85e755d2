/// <reference lib="dom" />
import type cytoscapeLibrary from "cytoscape";
import { keepTextReadable } from "./keep-text-readable.ts";
import { makeElement } from "./make-element.ts";
import type { Choice, MapData } from "./map-data.ts";
import { mapElements } from "./map-elements.ts";
import { mapStyle } from "./map-style.ts";
import { startSearch } from "./search-box.ts";
import { panelContent } from "./side-panel.ts";

declare const cytoscape: typeof cytoscapeLibrary;

/** Draws the map and joins it to panel, search, buttons and keys. Runs in the page, once. */
export function startMap(): void {
  const byId = (id: string): HTMLElement => document.getElementById(id) as HTMLElement;
  const data = JSON.parse(byId("graph").textContent ?? "") as MapData;
  const root = document.documentElement;
  const panel = byId("panel");
  const panelBody = byId("panel-body");
  const tooltip = byId("tooltip");
  const search = byId("search") as HTMLInputElement;
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const moves = !matchMedia("(prefers-reduced-motion: reduce)").matches && data.nodes.length <= 400;
  let chosen: Choice | null = null;
  const legendHeight = 60;
  let onlyFailing = false;

  const style = (): cytoscapeLibrary.StylesheetJson =>
    mapStyle(
      (name) => getComputedStyle(root).getPropertyValue(name).trim(),
      root.dataset.theme === "dark",
      data.isCompact,
    );
  root.dataset.theme = prefersDark.matches ? "dark" : "light";
  const cy = cytoscape({
    container: byId("map"),
    elements: mapElements(data),
    style: style(),
    layout: { name: "preset" },
    minZoom: 0.02,
    maxZoom: 4,
    autoungrabify: true,
    autounselectify: true,
    boxSelectionEnabled: false,
    textureOnViewport: data.nodes.length > 300,
  });
  Object.assign(globalThis, { wirespanMap: cy });

  /** Everything in view, above the legend, and not larger than it reads well. */
  function fit(): void {
    const box = cy.elements().boundingBox();
    const [width, height] = [cy.width(), cy.height() - legendHeight];
    const zoom = Math.min((width - 48) / box.w, (height - 32) / box.h, 1.3);
    if (!Number.isFinite(zoom) || zoom <= 0) return;
    const [x, y] = [(box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2];
    cy.viewport({ zoom, pan: { x: width / 2 - zoom * x, y: height / 2 - zoom * y } });
  }
  function setTheme(theme: "light" | "dark"): void {
    root.dataset.theme = theme;
    cy.style(style());
    keepTextReadable(cy, data.isCompact, true);
  }
  function elementOf(choice: Choice): cytoscapeLibrary.SingularElementReturnValue {
    return cy.getElementById(`${choice.type}-${choice.index}`) as cytoscapeLibrary.SingularElementReturnValue;
  }
  /** The chosen thing with its neighbours stays bright, the rest steps back. */
  function mark(): void {
    cy.batch(() => {
      cy.elements().removeClass("faded near calls called chosen");
      if (onlyFailing && chosen === null) {
        const failing = cy.edges(".failed");
        cy.elements().not(failing.union(failing.connectedNodes())).addClass("faded");
        failing.addClass("near");
      }
      if (chosen === null) return;
      const element = elementOf(chosen);
      let near: cytoscapeLibrary.CollectionReturnValue;
      if (chosen.type === "namespace") {
        const inside = cy.nodes(`.in-${chosen.index}`);
        near = inside.union(inside.connectedEdges()).union(inside.connectedEdges().connectedNodes()).union(element);
      } else if (chosen.type === "node") {
        const node = cy.nodes(`#node-${chosen.index}`);
        node.outgoers("edge").addClass("near calls");
        node.incomers("edge").addClass("near called");
        near = node.closedNeighborhood();
      } else {
        near = element.union(cy.edges(`#edge-${chosen.index}`).connectedNodes());
        element.addClass("near");
      }
      cy.elements().not(near).addClass("faded");
      element.addClass("chosen");
    });
  }
  /** The chosen thing with its neighbours where they fit at a readable size, else the thing itself in the middle. */
  function bringIntoView(choice: Choice): void {
    const element = elementOf(choice);
    const around = choice.type === "node" ? cy.nodes(`#node-${choice.index}`).closedNeighborhood() : element;
    const box = around.boundingBox();
    const fitting = Math.min(cy.width() / (box.w + 160), cy.height() / (box.h + 160), 1.15);
    const isReadable = fitting > 0.45 || choice.type !== "node";
    const zoom = isReadable ? fitting : Math.max(cy.zoom(), 0.75);
    const middle = isReadable ? { x: (box.x1 + box.x2) / 2, y: (box.y1 + box.y2) / 2 } : element.position();
    const pan = { x: cy.width() / 2 - zoom * middle.x, y: cy.height() / 2 - zoom * middle.y };
    if (moves) cy.animate({ zoom, pan }, { duration: 260, easing: "ease-out-cubic" });
    else cy.viewport({ zoom, pan });
  }
  function choose(choice: Choice | null, brings: boolean): void {
    chosen = choice;
    mark();
    panelBody.replaceChildren(...panelContent(data, choice, (next) => choose(next, true)));
    panelBody.scrollTop = 0;
    byId("back").hidden = choice === null;
    root.classList.toggle("panel-open", choice !== null || root.classList.contains("panel-open"));
    if (choice !== null && brings) bringIntoView(choice);
  }
  /** The nearest node in the direction of an arrow key; straight ahead counts more than aside. */
  function step(dx: number, dy: number): void {
    if (chosen?.type !== "node") {
      cy.panBy({ x: -dx * 80, y: -dy * 80 });
      return;
    }
    const from = data.nodes[chosen.index];
    if (from === undefined) return;
    let best: { index: number; cost: number } | null = null;
    for (const [index, node] of data.nodes.entries()) {
      const ahead = (node.x - from.x) * dx + (node.y - from.y) * dy;
      const aside = Math.abs((node.x - from.x) * dy) + Math.abs((node.y - from.y) * dx);
      if (ahead <= 1 || index === chosen.index) continue;
      const cost = ahead + 2.5 * aside;
      if (best === null || cost < best.cost) best = { index, cost };
    }
    if (best !== null) choose({ type: "node", index: best.index }, true);
  }

  cy.on("tap", (event) => {
    if (event.target === cy) choose(null, false);
    else choose(event.target.data("choice") as Choice, false);
  });
  cy.on("mouseover", "node.card, edge", (event) => {
    event.target.addClass("hovered");
    const choice = event.target.data("choice") as Choice;
    const edge = choice.type === "edge" ? data.edges[choice.index] : undefined;
    const lines = edge
      ? [
          `${data.nodes[edge.client]?.label} → ${data.nodes[edge.server]?.label}`,
          edge.outcomes.map(([text, count]) => `${count} ${text}`).join(", "),
        ]
      : [data.nodes[choice.index]?.label ?? "", data.nodes[choice.index]?.kind ?? ""];
    tooltip.replaceChildren(...lines.map((line) => makeElement("div", "", line)));
    tooltip.hidden = false;
  });
  cy.on("mousemove", (event) => {
    const { clientX, clientY } = event.originalEvent as MouseEvent;
    tooltip.style.transform = `translate(${Math.min(clientX + 14, innerWidth - 320)}px, ${clientY + 16}px)`;
  });
  cy.on("mouseout", (event) => {
    if (event.target !== cy) event.target.removeClass("hovered");
    tooltip.hidden = true;
  });
  cy.on("viewport", () => keepTextReadable(cy, data.isCompact, false));

  startSearch(search, byId("results"), data, (choice) => choose(choice, true));
  const failingButton = byId("failing");
  const failingCount = data.edges.filter((edge) => edge.failed > 0).length;
  failingButton.append(` ${failingCount}`);
  (failingButton as HTMLButtonElement).disabled = failingCount === 0;
  failingButton.addEventListener("click", () => {
    onlyFailing = !onlyFailing;
    failingButton.setAttribute("aria-pressed", String(onlyFailing));
    choose(null, false);
  });
  byId("theme").addEventListener("click", () => setTheme(root.dataset.theme === "dark" ? "light" : "dark"));
  prefersDark.addEventListener("change", (event) => setTheme(event.matches ? "dark" : "light"));
  byId("fit").addEventListener("click", fit);
  byId("zoom-in").addEventListener("click", () => zoomBy(1.3));
  byId("zoom-out").addEventListener("click", () => zoomBy(1 / 1.3));
  byId("back").addEventListener("click", () => choose(null, false));
  byId("panel-toggle").addEventListener("click", () => {
    root.classList.toggle("panel-open");
    cy.resize();
  });
  function zoomBy(factor: number): void {
    cy.zoom({ level: cy.zoom() * factor, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
  }
  const keys: Readonly<Record<string, () => void>> = {
    "/": () => search.focus(),
    Escape: () => choose(null, false),
    ArrowLeft: () => step(-1, 0),
    ArrowRight: () => step(1, 0),
    ArrowUp: () => step(0, -1),
    ArrowDown: () => step(0, 1),
    "+": () => zoomBy(1.3),
    "-": () => zoomBy(1 / 1.3),
    "0": fit,
  };
  document.addEventListener("keydown", (event) => {
    const action = keys[event.key];
    const scrollsPanel = panel.contains(document.activeElement) && event.key.startsWith("Arrow");
    if (action === undefined || event.ctrlKey || event.metaKey || event.altKey || scrollsPanel) return;
    event.preventDefault();
    action();
  });
  if (innerWidth > 900) root.classList.add("panel-open");
  choose(null, false);
  cy.resize();
  fit();
  keepTextReadable(cy, data.isCompact, true);
  root.dataset.ready = "true";
}
