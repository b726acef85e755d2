import type cytoscape from "cytoscape";

/**
 * Scales texts less than the map when it is zoomed out: titles of cards as long as they fit into the card, titles of
 * namespaces until they fill the frame. Updates in zoom steps, since each update is a pass over all nodes.
 */
export function keepTextReadable(cy: cytoscape.Core, isCompact: boolean, always: boolean): void {
  const level = Math.round(Math.log2(cy.zoom()) * 4);
  const known = cy.scratch("_textLevel") as number | undefined;
  if (!always && known === level) return;
  cy.scratch("_textLevel", level);
  const zoom = 2 ** (level / 4);
  const cardSize = Math.min(isCompact ? 19 : 16, Math.max(13, 11 / zoom));
  // Lines stay about a pixel wide.
  const thickness = Math.min(5, Math.max(1, 0.9 / zoom));
  cy.batch(() => {
    if (always || cy.scratch("_thickness") !== thickness) {
      cy.scratch("_thickness", thickness);
      for (const edge of cy.edges().toArray()) edge.style("width", (edge.data("width") as number) * thickness);
      cy.nodes(".card").style("border-width", 1.5 * Math.min(3, thickness));
      cy.nodes(".namespace").style("border-width", thickness);
    }
    if (always || cy.scratch("_cardSize") !== cardSize) {
      cy.scratch("_cardSize", cardSize);
      cy.nodes(".card").style("font-size", cardSize);
      for (const card of cy.nodes(`.card[fit < ${cardSize}]`).toArray() as cytoscape.NodeSingular[]) {
        card.style("font-size", card.data("fit"));
      }
      cy.edges(".points").style("font-size", Math.min(12, Math.max(10.5, 9.5 / zoom)));
    }
    for (const group of cy.nodes(".folded").toArray() as cytoscape.NodeSingular[]) {
      group.data("fontSize", Math.min(group.data("fit"), 15 / zoom));
    }
    for (const title of cy.nodes(".namespace-title").toArray() as cytoscape.NodeSingular[]) {
      const box = title.data("box") as { x: number; y: number; width: number; height: number };
      const isFar = cardSize * zoom < 5.5;
      const characters = [...(title.data("name") as string)].length;
      const widest = (0.9 * box.width) / (characters * 0.62);
      const size = isFar ? Math.min(widest, box.height * 0.4, 15 / zoom) : Math.min(widest, 14 / Math.min(1, zoom), 19);
      title.data({ fontSize: size, outline: isFar ? size / 7 : 0 });
      title.position({
        x: isFar ? box.x : box.x - box.width / 2 + 14 + (characters * 0.58 * size) / 2,
        y: isFar ? box.y : box.y - box.height / 2 + 8 + size * 0.6,
      });
    }
  });
}
