/// <reference lib="dom" />
import cytoscape from "cytoscape";
import type { Choice, MapData } from "../model/map-data.ts";
import { keepTextReadable } from "./keep-text-readable.ts";
import { mapElements } from "./map-elements.ts";
import { mapStyle } from "./map-style.ts";

/** Height in pixels of the legend, which covers the drawing. */
const LEGEND_HEIGHT = 60;
const ZOOM_STEP = 1.3;
/** Larger graphs move without animation, which would stutter. */
const MAX_ANIMATED_NODES = 400;

/** The drawing. The only file of the page that uses Cytoscape.js to draw. */
export class GraphView {
  readonly #cy: cytoscape.Core;
  readonly #data: MapData;
  readonly #isAnimated: boolean;

  constructor(container: HTMLElement, data: MapData) {
    this.#data = data;
    this.#isAnimated =
      !matchMedia("(prefers-reduced-motion: reduce)").matches && data.nodes.length <= MAX_ANIMATED_NODES;
    this.#cy = cytoscape({
      container,
      elements: mapElements(data),
      style: this.#style(),
      layout: { name: "preset" },
      minZoom: 0.02,
      maxZoom: 4,
      autoungrabify: true,
      autounselectify: true,
      boxSelectionEnabled: false,
      textureOnViewport: data.nodes.length > 300,
    });
    this.#cy.on("viewport", () => keepTextReadable(this.#cy, data.isCompact, false));
    // For tests and the browser console.
    Object.assign(globalThis, { wirespanMap: this.#cy });
  }

  /** A click on a node, an edge or a namespace chooses it; a click on the background chooses nothing. */
  onChoose(choose: (choice: Choice | null) => void): void {
    const cy = this.#cy;
    cy.on("tap", ({ target }) => choose(target === cy ? null : (target.data("choice") as Choice)));
  }

  /** `enter` and `leave` for the node or edge below the mouse, `move` with the position of the mouse in the window. */
  onHover(on: { enter(choice: Choice): void; leave(): void; move(x: number, y: number): void }): void {
    const cy = this.#cy;
    cy.on("mouseover", "node.card, edge", ({ target }) => {
      target.addClass("hovered");
      on.enter(target.data("choice") as Choice);
    });
    cy.on("mousemove", ({ originalEvent }) => {
      const { clientX, clientY } = originalEvent as MouseEvent;
      on.move(clientX, clientY);
    });
    cy.on("mouseout", ({ target }) => {
      if (target !== cy) target.removeClass("hovered");
      on.leave();
    });
  }

  /** Fades everything except the choice and its neighbors; without a choice, everything except failing edges on demand. */
  highlight(choice: Choice | null, onlyFailing: boolean): void {
    const cy = this.#cy;
    cy.batch(() => {
      cy.elements().removeClass("faded near calls called chosen");
      if (choice !== null) this.#highlightChoice(choice);
      else if (onlyFailing) this.#highlightFailing();
    });
  }

  #highlightFailing(): void {
    const failing = this.#cy.edges(".failed");
    this.#cy.elements().not(failing.union(failing.connectedNodes())).addClass("faded");
    failing.addClass("near");
  }

  #highlightChoice(choice: Choice): void {
    const element = this.#elementOf(choice);
    this.#cy.elements().not(this.#neighborsOf(choice)).addClass("faded");
    element.addClass("chosen");
    if (choice.type === "edge") element.addClass("near");
    if (choice.type !== "node") return;
    const node = this.#cy.nodes(`#node-${choice.index}`);
    node.outgoers("edge").addClass("near calls");
    node.incomers("edge").addClass("near called");
  }

  #neighborsOf(choice: Choice): cytoscape.CollectionReturnValue {
    const element = this.#elementOf(choice);
    switch (choice.type) {
      case "namespace": {
        const inside = this.#cy.nodes(`.in-${choice.index}`);
        return inside.union(inside.connectedEdges()).union(inside.connectedEdges().connectedNodes()).union(element);
      }
      case "node":
        return this.#cy.nodes(`#node-${choice.index}`).closedNeighborhood();
      case "edge":
        return element.union(this.#cy.edges(`#edge-${choice.index}`).connectedNodes());
    }
  }

  #elementOf({ type, index }: Choice): cytoscape.SingularElementReturnValue {
    return this.#cy.getElementById(`${type}-${index}`) as cytoscape.SingularElementReturnValue;
  }

  /** Shows the choice with its neighbors if they fit at a readable size, otherwise centers the choice. */
  bringIntoView(choice: Choice): void {
    const cy = this.#cy;
    const element = this.#elementOf(choice);
    const around = choice.type === "node" ? this.#neighborsOf(choice) : element;
    const box = around.boundingBox();
    const fitting = Math.min(cy.width() / (box.w + 160), cy.height() / (box.h + 160), 1.15);
    const isReadable = fitting > 0.45 || choice.type !== "node";
    const zoom = isReadable ? fitting : Math.max(cy.zoom(), 0.75);
    const middle = isReadable ? { x: (box.x1 + box.x2) / 2, y: (box.y1 + box.y2) / 2 } : element.position();
    const pan = { x: cy.width() / 2 - zoom * middle.x, y: cy.height() / 2 - zoom * middle.y };
    if (this.#isAnimated) cy.animate({ zoom, pan }, { duration: 260, easing: "ease-out-cubic" });
    else cy.viewport({ zoom, pan });
  }

  /** Fits everything above the legend, with a limited zoom. */
  fit(): void {
    const cy = this.#cy;
    const box = cy.elements().boundingBox();
    const [width, height] = [cy.width(), cy.height() - LEGEND_HEIGHT];
    const zoom = Math.min((width - 48) / box.w, (height - 32) / box.h, 1.3);
    if (!Number.isFinite(zoom) || zoom <= 0) return;
    const [x, y] = [(box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2];
    cy.viewport({ zoom, pan: { x: width / 2 - zoom * x, y: height / 2 - zoom * y } });
    keepTextReadable(cy, this.#data.isCompact, true);
  }

  panBy(x: number, y: number): void {
    this.#cy.panBy({ x, y });
  }

  zoomIn(): void {
    this.#zoomBy(ZOOM_STEP);
  }

  zoomOut(): void {
    this.#zoomBy(1 / ZOOM_STEP);
  }

  /** Call after the container changed its size. */
  resize(): void {
    this.#cy.resize();
  }

  /** Call after the theme of the page changed. */
  restyle(): void {
    this.#cy.style(this.#style());
    keepTextReadable(this.#cy, this.#data.isCompact, true);
  }

  #zoomBy(factor: number): void {
    const cy = this.#cy;
    cy.zoom({ level: cy.zoom() * factor, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
  }

  #style(): cytoscape.StylesheetJson {
    const root = document.documentElement;
    const color = (name: string): string => getComputedStyle(root).getPropertyValue(name).trim();
    return mapStyle(color, root.dataset.theme === "dark", this.#data.isCompact);
  }
}
