import { createHash } from "node:crypto";
import { PAGE } from "../../map-page/assets.js";
import { viewFragment, WHOLE_MAP } from "../../map-page/view/view-state.ts";
import type { MapData } from "../../model/map-data.ts";
import type { ServiceGraph } from "../../model/service-graph.ts";
import { jsonText, visibleText, xmlText } from "../../text/visible-text.ts";
import { aboutText } from "../labels/observed-text.ts";
import { layoutGraph } from "./layout.ts";
import { toMapData } from "./map-model.ts";
import type { MapZone } from "./map-zone.ts";
import { TYPE_COLORS } from "./svg-style.ts";

/** JSON in a script element, where `<` could end the element or begin a comment. https://html.spec.whatwg.org/#script-data-state */
function embedded(data: unknown): string {
  return jsonText(data).replaceAll("<", "\\u003c");
}

function sourceHash(script: string): string {
  return `'sha256-${createHash("sha256").update(script).digest("base64")}'`;
}

/** Allows only the script of the page, and no requests; Cytoscape.js adds a style element. */
const CONTENT_POLICY = `default-src 'none'; script-src ${sourceHash(PAGE.script)}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'`;
/** A served map asks for its own data. */
const SERVED_POLICY = `${CONTENT_POLICY}; connect-src 'self'`;

/** Accent colors as variables of the style sheet, light and dark. */
function typeColors(): string {
  const variables = (theme: "light" | "dark"): string =>
    Object.entries(TYPE_COLORS)
      .map(([type, color]) => `--${type}:${color[theme]}`)
      .join(";");
  return `:root{${variables("light")}}:root[data-theme=dark]{${variables("dark")}}`;
}

const TYPES = ["workload", "service", "node", "external", "unresolved"] as const;

/** The part of the legend about lines and boxes. */
const LINES = [
  '<i class="stroke"></i>failed',
  '<i class="stroke plain"></i>client → server; wider: more connections',
  '<i class="box dashed"></i>not a workload',
  '<i class="box"></i>namespace, unfolds on click',
  '<i class="box hit"></i>within the blast radius',
]
  .map((item) => `<li>${item}</li>`)
  .join("");

function body(graph: ServiceGraph): string {
  const legend = TYPES.map((type) => `<li><i class="dot ${type}"></i>${type}</li>`).join("");
  return `<header id="bar">
<div class="brand"><svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="5" cy="12" r="3"/><circle cx="19" cy="5" r="3"/><circle cx="19" cy="19" r="3"/><path d="M8 11 16 6.5M8 13l8 4.5"/></svg>wirespan</div>
<div class="search" role="search"><input id="search" type="text" placeholder="Search workloads, namespaces, DNS names" aria-label="Search" role="combobox" aria-controls="results" aria-expanded="false" autocomplete="off" spellcheck="false"><kbd>/</kbd><ul id="results" role="listbox" aria-label="Found" hidden></ul></div>
<div class="buttons"><button id="failing" type="button" aria-pressed="false"><i class="dot failure"></i>Failing</button><button id="filter" type="button" aria-expanded="false" aria-controls="filters">Filter</button><button id="table-toggle" type="button" aria-pressed="false" title="Table (t)">Table</button><details class="menu"><summary>Save</summary><div><button id="save-svg" type="button">SVG</button><button id="save-png" type="button">PNG</button><button id="print" type="button">Print</button></div></details><button id="theme" type="button" title="Light or dark" aria-label="Light or dark">◐</button><button id="panel-toggle" type="button" title="Side panel" aria-label="Side panel">☰</button></div>
</header>
<p id="about"><span id="observed">${xmlText(aboutText(graph))}</span>; <span id="shown" role="status"></span> <button id="reset" type="button" hidden>Show all <kbd>u</kbd></button></p>
<form id="filters" aria-label="Filters" hidden></form>
<main><div id="map" role="application" tabindex="0" aria-label="Map of the service graph: arrow keys go from box to box, Enter folds a namespace, t shows the same as a table"></div><section id="table" aria-label="Edges" hidden></section><div id="paper"></div>
<div class="zoom"><button id="zoom-in" type="button" aria-label="Zoom in">+</button><button id="zoom-out" type="button" aria-label="Zoom out">−</button><button id="fit" type="button" title="Show all (0)" aria-label="Show all">⤢</button></div>
<details id="legend" class="legend"><summary>Legend</summary><ul>${legend}${LINES}</ul></details></main>
<p id="missing" role="alert" hidden></p>
<aside id="panel" aria-label="Details"><button id="back" type="button" hidden>← Overview <kbd>Esc</kbd></button><div id="panel-body" aria-live="polite"></div></aside>
<div id="tooltip" hidden></div>
<noscript>The map requires JavaScript. For the graph as text, use wirespan replay --format table.</noscript>`;
}

function zoneFragment({ down, needs, maxDepth }: MapZone): string {
  return viewFragment({ ...WHOLE_MAP, blast: { ids: down, needs, maxDepth } });
}

/**
 * The graph as one HTML file: an interactive map that works from disk, without requests. The page gets names as JSON,
 * and shows them as text only.
 */
export async function graphHtml(graph: ServiceGraph, zone: MapZone | null = null): Promise<string> {
  const map = toMapData(graph, await layoutGraph(graph));
  return pageOf(graph, zone === null ? map : { ...map, view: zoneFragment(zone) }, CONTENT_POLICY);
}

/** The same as a page that a server renews, and its data. */
export async function servedMap(graph: ServiceGraph, millis: number): Promise<{ page: string; data: string }> {
  const map = toMapData(graph, await layoutGraph(graph));
  const renewal = { millis, about: aboutText(graph), missing: visibleText(graph.incomplete.join("; ")) };
  const data = { ...map, renewal };
  return { page: pageOf(graph, data, SERVED_POLICY), data: jsonText(data) };
}

function pageOf(graph: ServiceGraph, data: MapData, policy: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${graph.cluster === null ? "" : `${xmlText(graph.cluster)} – `}Service graph – wirespan</title>
<style>${typeColors()}${PAGE.style}</style>
</head>
<body>
${body(graph)}
<script type="application/json" id="graph">${embedded(data)}</script>
<script>${PAGE.script}</script>
</body>
</html>
`;
}
