import type cytoscape from "cytoscape";

type Point = cytoscape.Position;
type Element = cytoscape.NodeSingular | cytoscape.EdgeSingular;

/** What Cytoscape.js draws now, as an SVG picture of the same size. */
export function viewAsSvg(cy: cytoscape.Core, page: string): string {
  const { x1, y1, w, h } = cy.extent();
  const order = cy.elements().toArray() as Element[];
  order.sort((a, b) => zIndex(a) - zIndex(b));
  const shapes = order.map((element) =>
    element.isNode() ? nodeShape(element) : edgeShape(element as cytoscape.EdgeSingular, page),
  );
  const box = [x1, y1, w, h].map(round);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${Math.round(cy.width())}" height="${Math.round(cy.height())}" viewBox="${box.join(" ")}" font-family="system-ui,DejaVu Sans,Arial,sans-serif">`,
    `<rect x="${box[0]}" y="${box[1]}" width="${box[2]}" height="${box[3]}" fill="${page}"/>`,
    ...shapes,
    "</svg>",
    "",
  ].join("\n");
}

function zIndex(element: Element): number {
  return Number(element.style("z-index"));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function pixels(element: Element, name: string): number {
  return Number.parseFloat(element.style(name));
}

/** Lines of text around a point; `halo` is the color behind them. */
function label(element: Element, { x, y }: Point, halo: string | null): string {
  const text = String(element.style("label") ?? "");
  if (text === "") return "";
  const size = pixels(element, "font-size");
  const lines = text.split("\n");
  const behind = halo === null ? "" : ` stroke="${halo}" stroke-width="${round(size / 3)}" paint-order="stroke"`;
  const style = `font-size="${round(size)}" font-weight="${element.style("font-weight")}" fill="${element.style("color")}"${behind}`;
  return lines
    .map((line, i) => {
      const at = y + size * (0.36 + 1.2 * (i - (lines.length - 1) / 2));
      return `<text x="${round(x)}" y="${round(at)}" text-anchor="middle" ${style}>${escaped(line)}</text>`;
    })
    .join("");
}

function nodeShape(node: cytoscape.NodeSingular): string {
  const { x, y } = node.position();
  const [width, height] = [node.width(), node.height()];
  const border = pixels(node, "border-width");
  const dash = node.style("border-style") === "dashed" ? ' stroke-dasharray="4 3"' : "";
  const rect = `<rect x="${round(x - width / 2)}" y="${round(y - height / 2)}" width="${round(width)}" height="${round(height)}" rx="9" fill="${node.style("background-color")}" fill-opacity="${node.style("background-opacity")}" stroke="${node.style("border-color")}" stroke-width="${round(border)}"${dash}/>`;
  const text = label(node, { x, y }, null);
  return `<g opacity="${node.effectiveOpacity()}">${node.hasClass("namespace-title") ? "" : rect}${text}</g>`;
}

function edgeShape(edge: cytoscape.EdgeSingular, page: string): string {
  const points = edgePoints(edge);
  const [tip, before] = [points.at(-1), points.at(-2)];
  if (tip === undefined || before === undefined) return "";
  const color = edge.style("line-color") as string;
  const width = pixels(edge, "width");
  const dash = edge.style("line-style") === "dashed" ? ' stroke-dasharray="7 4"' : "";
  const at = edge.midpoint();
  const middle = { x: at.x + pixels(edge, "text-margin-x"), y: at.y + pixels(edge, "text-margin-y") };
  const path = `<path d="${pathOf(edge, points)}" fill="none" stroke="${color}" stroke-width="${round(width)}"${dash}/>`;
  return `<g opacity="${edge.effectiveOpacity()}">${path}${arrow(before, tip, color, 5 + 2 * width)}${label(edge, middle, page)}</g>`;
}

/** The ends of an edge, and the points or control points between. */
function edgePoints(edge: cytoscape.EdgeSingular): readonly Point[] {
  const inner = edge.segmentPoints() ?? edge.controlPoints() ?? [];
  return [edge.sourceEndpoint(), ...inner, edge.targetEndpoint()].filter(({ x, y }) => Number.isFinite(x + y));
}

function pathOf(edge: cytoscape.EdgeSingular, points: readonly Point[]): string {
  const text = ({ x, y }: Point): string => `${round(x)},${round(y)}`;
  const [first, ...rest] = points;
  if (first === undefined) return "";
  if (edge.segmentPoints() !== undefined || rest.length === 1) return `M${text(first)} L${rest.map(text).join(" ")}`;
  // Quadratic curves, joined halfway between their control points.
  const controls = rest.slice(0, -1);
  const curves = controls.map((control, i) => {
    const next = controls[i + 1];
    const end = next === undefined ? rest.at(-1) : { x: (control.x + next.x) / 2, y: (control.y + next.y) / 2 };
    return `Q${text(control)} ${text(end ?? control)}`;
  });
  return `M${text(first)} ${curves.join(" ")}`;
}

function arrow(from: Point, tip: Point, color: string, size: number): string {
  const angle = Math.atan2(tip.y - from.y, tip.x - from.x);
  const corner = (turn: number): string =>
    `${round(tip.x - size * Math.cos(angle + turn))},${round(tip.y - size * Math.sin(angle + turn))}`;
  return `<path d="M${round(tip.x)},${round(tip.y)} L${corner(0.4)} ${corner(-0.4)} z" fill="${color}"/>`;
}
