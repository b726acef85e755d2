/// <reference lib="dom" />
import cytoscape from "cytoscape";
import type { Choice, MapData } from "../../model/map-data.ts";
import type { Drawn } from "../view/drawn.ts";
import { placeCaptions } from "./bundle-captions.ts";
import { fittingViewport } from "./fitting-viewport.ts";
import { keepTextReadable } from "./keep-text-readable.ts";
import type { ElementMaker } from "./map-elements.ts";
import { mapStyle } from "./map-style.ts";
import { viewAsSvg } from "./view-as-svg.ts";

const ZOOM_STEP = 1.3;
/** Larger graphs move without animation, which would stutter. */
const MAX_ANIMATED_NODES = 400;

/** The drawing. The only file of the page that uses Cytoscape.js to draw. */
export class GraphView {
  readonly #cy: cytoscape.Core;
  readonly #data: MapData;
  readonly #maker: ElementMaker;
  readonly #isAnimated: boolean;

  constructor(container: HTMLElement, data: MapData, maker: ElementMaker) {
    this.#data = data;
    this.#maker = maker;
    this.#isAnimated =
      !matchMedia("(prefers-reduced-motion: reduce)").matches && data.nodes.length <= MAX_ANIMATED_NODES;
    this.#cy = cytoscape({
      container,
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

  /** Draws these elements; those that are there already stay. */
  draw(drawn: Drawn): void {
    const cy = this.#cy;
    const wanted = this.#maker.elements(drawn);
    cy.batch(() => {
      cy.elements()
        .filter((element) => !wanted.has(element.id()))
        .remove();
      const added: cytoscape.ElementDefinition[] = [];
      for (const [id, definition] of wanted) {
        const known = cy.getElementById(id);
        if (known.empty()) added.push(definition);
        else known.data(definition.data).classes(definition.classes ?? "");
      }
      cy.add(added);
    });
    keepTextReadable(cy, this.#data.isCompact, true);
  }

  /** Removes all elements: the next ones are of other data. */
  clear(): void {
    this.#cy.elements().remove();
  }

  /** Marks the nodes that are down (distance 0) and those that are hit; null: none. */
  markZone(distances: ReadonlyMap<number, number> | null): void {
    const cy = this.#cy;
    cy.batch(() => {
      cy.nodes(".down, .hit").removeClass("down hit");
      for (const [node, distance] of distances ?? []) {
        cy.getElementById(`node-${node}`).addClass(distance === 0 ? "down" : "hit");
      }
    });
  }

  /** A click on an element chooses it, one on a folded group opens it; one on the background chooses nothing. */
  onChoose(choose: (choice: Choice | null) => void, open: (group: number) => void): void {
    const cy = this.#cy;
    cy.on("tap", ({ target }) => {
      if (target === cy) choose(null);
      else if (target.hasClass("folded")) open((target.data("choice") as Choice).index);
      else choose(target.data("choice") as Choice);
    });
  }

  /** `enter` and `leave` for the element below the mouse, `move` with the position of the mouse in the window. */
  onHover(on: { enter(choice: Choice): void; leave(): void; move(x: number, y: number): void }): void {
    const cy = this.#cy;
    cy.on("mouseover", "node.card, node.folded, edge", ({ target }) => {
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

  /** Fades everything except the choice and its neighbors. */
  highlight(choice: Choice | null): void {
    const cy = this.#cy;
    cy.batch(() => {
      cy.elements().removeClass("faded near calls called chosen");
      const element = choice === null ? cy.collection() : this.#elementOf(choice);
      if (choice === null || element.empty()) return;
      const around = this.#neighborsOf(element);
      const titled = choice.type === "namespace" ? this.#insideOf(choice.index) : cy.collection();
      cy.elements().not(around.union(titled)).addClass("faded");
      element.addClass("chosen");
      if (element.isEdge()) element.addClass("near");
      if (element.isNode() && !element.hasClass("namespace")) {
        element.outgoers("edge").addClass("near calls");
        element.incomers("edge").addClass("near called");
      }
    });
  }

  #neighborsOf(element: cytoscape.CollectionReturnValue): cytoscape.CollectionReturnValue {
    return element.union(element.edges().connectedNodes()).union(element.nodes().closedNeighborhood());
  }

  /** The nodes of a namespace that is not folded, and their neighbors. */
  #insideOf(index: number): cytoscape.CollectionReturnValue {
    const inside = this.#cy.nodes(`.in-${index}`);
    return inside.closedNeighborhood().union(this.#cy.getElementById(`title-${index}`));
  }

  #elementOf({ type, index }: Choice): cytoscape.CollectionReturnValue {
    const cy = this.#cy;
    if (type === "namespace") return cy.getElementById(`namespace-${index}`).union(cy.getElementById(`group-${index}`));
    if (type === "bundle") return cy.edges(".bundle").filter((edge) => edge.data("choice").index === index);
    return cy.getElementById(`${type}-${index}`);
  }

  /** Shows the choice with its neighbors if they fit at a readable size, otherwise centers the choice. */
  bringIntoView(choice: Choice): void {
    const cy = this.#cy;
    const element = this.#elementOf(choice);
    if (element.empty()) return;
    const around = choice.type === "node" ? this.#neighborsOf(element) : element;
    const box = around.boundingBox();
    const own = element.boundingBox();
    const fitting = Math.min(cy.width() / (box.w + 160), cy.height() / (box.h + 160), 1.15);
    const isReadable = fitting > 0.45 || choice.type !== "node";
    const zoom = isReadable ? fitting : Math.max(cy.zoom(), 0.75);
    const { x1, x2, y1, y2 } = isReadable ? box : own;
    const middle = { x: (x1 + x2) / 2, y: (y1 + y2) / 2 };
    const pan = { x: cy.width() / 2 - zoom * middle.x, y: cy.height() / 2 - zoom * middle.y };
    if (this.#isAnimated) cy.animate({ zoom, pan }, { duration: 260, easing: "ease-out-cubic" });
    else cy.viewport({ zoom, pan });
  }

  /**
   * Fits everything above the legend, which covers the drawing; on opening (`isReadable`) only as much as is readable.
   * Returns whether it is the whole map.
   */
  fit(isReadable = false): boolean {
    const cy = this.#cy;
    const legend = document.getElementById("legend")?.offsetHeight ?? 0;
    const viewport = fittingViewport(cy, { width: cy.width(), height: cy.height() - legend - 24 }, isReadable);
    if (viewport === null) return true;
    cy.viewport(viewport);
    keepTextReadable(cy, this.#data.isCompact, true);
    placeCaptions(cy);
    return viewport.isWhole;
  }

  /** Places the captions of bundles for the present zoom. */
  place(): void {
    placeCaptions(this.#cy);
  }

  /** The view as a picture, with the texts as text. */
  svg(): string {
    return viewAsSvg(this.#cy, pageColor());
  }

  png(): Blob {
    return this.#cy.png({ output: "blob", scale: 2, bg: pageColor() }) as unknown as Blob;
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
    placeCaptions(this.#cy);
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

function pageColor(): string {
  return getComputedStyle(document.documentElement).getPropertyValue("--page").trim();
}
