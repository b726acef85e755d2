import { posix } from "node:path";
import { importsOf, type SourceFile, withoutComments } from "./source-files.ts";

/** The base layer: folders that every folder may import, and that import no folder outside it. */
export const BASE_LAYER: readonly string[] = ["model", "text", "version.ts", "stop-signals.ts"];

/**
 * The folders of `src`, lowest layer first, and the folders that each may import in addition to the base layer. A folder comes
 * after all folders that it imports, so there is no cycle. A file directly in `src` counts as a folder, by its name with extension.
 */
export const ALLOWED_IMPORTS: Readonly<Record<string, readonly string[]>> = {
  bounded: [],
  "unix-socket.ts": [],
  // What a failure reaches: also part of the page.
  reach: [],
  "map-page/view": ["reach"],
  "map-page/panel": ["map-page/view"],
  "map-page/drawing": ["map-page/view"],
  "map-page": ["map-page/view", "map-page/drawing", "map-page/panel"],
  // What Kubernetes says, before it is given a meaning.
  "kubernetes/objects": ["bounded"],
  "kubernetes/client": ["kubernetes/objects"],
  "kubernetes/files": ["kubernetes/objects"],
  // Packets to facts.
  capture: [],
  "capture/live": ["capture"],
  "decode/network": ["bounded"],
  "decode/dns": ["bounded", "decode/network"],
  decode: ["decode/network", "decode/dns"],
  "correlate/dns": ["bounded"],
  "correlate/handshakes": ["bounded"],
  correlate: ["correlate/dns", "correlate/handshakes"],
  facts: ["bounded"],
  sensor: [
    "unix-socket.ts",
    "capture/live",
    "decode",
    "decode/network",
    "correlate",
    "correlate/dns",
    "correlate/handshakes",
    "facts",
  ],
  // Facts to interactions.
  "inventory/addresses": ["bounded", "kubernetes/objects"],
  inventory: ["bounded", "kubernetes/objects", "inventory/addresses"],
  lookups: ["bounded"],
  "resolve/ends": ["bounded", "kubernetes/objects", "inventory", "inventory/addresses", "lookups"],
  "resolve/paths": ["inventory", "inventory/addresses", "lookups", "resolve/ends"],
  resolve: [
    "bounded",
    "kubernetes/objects",
    "inventory",
    "inventory/addresses",
    "lookups",
    "resolve/ends",
    "resolve/paths",
  ],
  // Interactions to span pairs and graphs.
  report: ["bounded"],
  graph: [],
  "graph/store": ["bounded", "graph"],
  "graph/file": ["graph"],
  "export/spans": [],
  "export/queue": ["bounded", "export/spans"],
  "export/otlp": ["export/spans", "export/queue"],
  export: ["export/spans", "export/queue", "export/otlp"],
  selection: [],
  "render/labels": [],
  "render/drawing": ["map-page/view", "map-page", "selection", "render/labels"],
  render: ["bounded", "graph/file", "render/labels", "render/drawing"],
  answers: ["graph", "render", "render/labels"],
  "answers/diff": ["graph", "render", "render/labels", "answers"],
  "answers/explain": ["graph", "selection", "render", "render/labels", "answers"],
  "answers/blast-radius": ["reach", "graph", "selection", "render", "render/labels", "answers"],
  "answers/rollout": ["report", "graph", "selection", "render", "render/labels", "answers"],
  access: ["graph", "selection", "answers", "render/labels"],
  "access/intents": ["graph", "selection", "render/labels", "answers", "access"],
  "access/policies": ["kubernetes/objects", "graph", "selection", "render/labels", "answers", "access"],
  "access/check": [
    "kubernetes/objects",
    "graph",
    "selection",
    "render",
    "render/labels",
    "answers",
    "access",
    "access/policies",
  ],
  "cluster-policies": ["kubernetes/objects", "kubernetes/client", "access/check"],
  descriptions: ["bounded", "kubernetes/objects", "inventory", "graph"],
  "pipeline.ts": ["facts", "inventory", "inventory/addresses", "lookups", "resolve", "report"],
  // What a person and a monitor see.
  telemetry: ["kubernetes/client", "unix-socket.ts"],
  "config.ts": ["inventory/addresses"],
  "map-server": ["telemetry"],
  "output/files": [],
  "output/lines": ["bounded", "render"],
  output: [
    "output/files",
    "output/lines",
    "config.ts",
    "report",
    "graph",
    "graph/store",
    "graph/file",
    "descriptions",
    "export",
    "export/queue",
    "export/otlp",
    "render",
    "telemetry",
  ],
  "cluster-source": [
    "kubernetes/objects",
    "kubernetes/client",
    "kubernetes/files",
    "inventory",
    "config.ts",
    "output",
    "output/files",
    "telemetry",
  ],
  prometheus: [],
  // What runs.
  doctor: ["kubernetes/objects", "kubernetes/client", "sensor", "export", "export/otlp", "telemetry", "prometheus"],
  replay: [
    "kubernetes/files",
    "inventory",
    "capture",
    "decode/network",
    "facts",
    "sensor",
    "resolve",
    "report",
    "export/queue",
    "telemetry",
    "config.ts",
    "output",
    "output/files",
    "cluster-source",
    "pipeline.ts",
  ],
  // Where commands on a graph have it from.
  "graph-source/files": ["graph", "graph/file", "render/labels", "output", "output/files", "replay"],
  "graph-source/live": ["kubernetes/objects", "kubernetes/client", "graph", "graph/file", "output"],
  "graph-source/prometheus": ["graph", "output", "prometheus"],
  "graph-source": ["output", "graph", "graph-source/files", "graph-source/live", "graph-source/prometheus"],
  agent: [
    "kubernetes/objects",
    "kubernetes/client",
    "inventory",
    "graph",
    "graph/file",
    "sensor",
    "export/queue",
    "telemetry",
    "output",
    "output/files",
    "cluster-source",
    "report",
    "pipeline.ts",
  ],
  // The graph of a node over all runs of its agent.
  keep: ["graph", "graph/file", "telemetry", "output", "output/files", "graph-source/live", "access/intents"],
  "cli/options": ["output"],
  "cli/graph": [
    "map-server",
    "render/drawing",
    "graph",
    "graph/file",
    "render",
    "render/labels",
    "output",
    "output/files",
    "graph-source",
    "graph-source/files",
    "cli/options",
  ],
  "cli/answers": [
    "graph",
    "output",
    "output/files",
    "graph-source",
    "answers",
    "answers/diff",
    "answers/explain",
    "answers/blast-radius",
    "answers/rollout",
    "cli/options",
    "cli/graph",
  ],
  "cli/access": [
    "kubernetes/files",
    "graph",
    "config.ts",
    "render/labels",
    "output",
    "output/files",
    "access/intents",
    "access/policies",
    "access/check",
    "cluster-policies",
    "cli/options",
    "graph-source",
    "cli/graph",
    "cli/answers",
  ],
  cli: [
    "kubernetes/objects",
    "kubernetes/client",
    "export/otlp",
    "sensor",
    "telemetry",
    "config.ts",
    "output",
    "output/files",
    "cluster-source",
    "prometheus",
    "doctor",
    "replay",
    "agent",
    "keep",
    "cli/options",
    "cli/graph",
    "cli/answers",
    "cli/access",
  ],
  "cli.ts": ["cli"],
};

/** Modules that make a file an edge, because they reach outside the process. */
const OUTSIDE =
  /^(pcap|@grpc\/.*|@opentelemetry\/exporter-.*|@kubernetes\/client-node|ws|node:(fs|fs\/promises|http|https|http2|net|tls|dgram|dns|child_process|worker_threads|os|process))$/;
const PROCESS =
  /\bprocess\.(env|argv|stdin|stdout|stderr|exit|exitCode|on|once|kill|send|memoryUsage|hrtime|cpuUsage)\b/;

/** Deterministic folders that use packet time only. */
const TIMELESS = /^(bounded|decode|correlate|facts|inventory|lookups|resolve|report|descriptions)(\/|$)/;
const CLOCK = /\bDate\.now\(|\bperformance\.now\(|\bnew Date\(\s*\)|\bMath\.random\(|\bprocess\.hrtime\b/;

const MAX_LINES = 250;
export const MAX_FILES_PER_FOLDER = 16;

/** The folder of a path in `src/`, or the file itself if it is directly in `src`. */
export function folderOf(path: string): string {
  const directory = posix.dirname(path);
  return directory === "." ? path : directory;
}

function forbiddenImport(from: string, to: string): string | null {
  if (from === to) return null;
  for (const folder of [from, to]) {
    if (!(folder in ALLOWED_IMPORTS) && !BASE_LAYER.includes(folder)) return `${folder} has no place in the layers yet`;
  }
  if (BASE_LAYER.includes(to) && !BASE_LAYER.includes(from)) return null;
  return ALLOWED_IMPORTS[from]?.includes(to) === true ? null : `${from} must not import ${to}`;
}

/** Every breach of the house rules in one file of `src`, one sentence each. `path` is from the root. */
export function breachesOf({ path, text }: SourceFile): string[] {
  const breaches: string[] = [];
  const inside = path.replace(/^src\//, "");
  const folder = folderOf(inside);
  const code = withoutComments(text);
  const isEdge = text.startsWith("// EDGE");
  for (const specifier of importsOf(text)) {
    if (specifier.startsWith(".")) {
      const reason = forbiddenImport(folder, folderOf(posix.normalize(posix.join(posix.dirname(inside), specifier))));
      if (reason !== null) breaches.push(`imports ${specifier}: ${reason}`);
    } else if (OUTSIDE.test(specifier) && !isEdge) {
      breaches.push(`imports ${specifier} without "// EDGE: …" in its first line`);
    }
  }
  if (PROCESS.test(code) && !isEdge) breaches.push('uses process without "// EDGE: …" in its first line');
  if (TIMELESS.test(folder) && CLOCK.test(code) && !isEdge)
    breaches.push("reads a clock or random numbers: pass them in");
  if (/^export\s+\*/m.test(code)) breaches.push("has export *");
  if (/^export\s+default\b/m.test(code)) breaches.push("has a default export");
  if (/(^|\/)(utils?|helpers?)\.ts$/.test(path)) breaches.push("is named after no concept");
  if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.d)?\.ts$/.test(posix.basename(path))) breaches.push("is not named in kebab-case");
  if (text.split("\n").length - 1 > MAX_LINES) breaches.push(`has more than ${MAX_LINES} lines`);
  return breaches;
}
