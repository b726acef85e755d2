import { posix } from "node:path";
import { importsOf, type SourceFile, withoutComments } from "./source-files.ts";

/**
 * The one direction of dependency: a file may import what stands lower, and its own folder; never a neighbour.
 * Folders of `src` by name; single files of `src` with their extension.
 */
const LEVELS: readonly (readonly string[])[] = [
  ["model", "version.ts", "lean-heap.ts"],
  ["bounded", "map-page"],
  // What the cluster says of itself, before anybody gives it a meaning.
  ["cluster"],
  // The stages, side by side.
  ["capture", "decode", "correlate", "facts", "resolve", "report", "export", "graph", "access", "render", "telemetry"],
  ["config.ts", "sensor-facts.ts"],
  ["sensor.ts", "pipeline.ts"],
  ["stop-request.ts"],
  ["sensor-child.ts"],
  ["sensor-process.ts"],
  ["agent.ts", "replay.ts", "doctor"],
  ["cli", "cli.ts"],
];

/** Units that only these files may import, besides the unit itself: the facts, by both ends of their stream. */
const RESERVED: Readonly<Record<string, readonly string[]>> = {
  facts: ["sensor-facts.ts", "sensor.ts", "sensor-child.ts", "sensor-process.ts", "pipeline.ts", "replay.ts"],
};

/** What makes a file an edge: it can reach outside the process. */
const OUTSIDE =
  /^(pcap|@grpc\/.*|@opentelemetry\/exporter-.*|@kubernetes\/client-node|node:(fs|fs\/promises|http|https|http2|net|tls|dgram|dns|child_process|worker_threads|os|process))$/;
const PROCESS =
  /\bprocess\.(env|argv|stdin|stdout|stderr|exit|exitCode|on|once|kill|send|memoryUsage|hrtime|cpuUsage)\b/;

/** Stages whose time is the packet's, and which give the same result twice. */
const TIMELESS = ["bounded", "decode", "correlate", "facts", "resolve", "report"];
const CLOCK = /\bDate\.now\(|\bperformance\.now\(|\bnew Date\(\s*\)|\bMath\.random\(|\bprocess\.hrtime\b/;

const MAX_LINES = 250;

/** The unit of a path from `src/`: its folder, or the file itself. */
function unitOf(path: string): string {
  const [first = ""] = path.split("/");
  return first;
}

function levelOf(unit: string): number {
  return LEVELS.findIndex((units) => units.includes(unit));
}

function forbiddenImport(from: string, to: string): string | null {
  if (from === to) return null;
  if (levelOf(from) < 0 || levelOf(to) < 0) return `${levelOf(from) < 0 ? from : to} has no place in the layers yet`;
  const reserved = RESERVED[to];
  if (reserved !== undefined && !reserved.includes(from)) return `only ${reserved.join(", ")} may import ${to}`;
  const isEntry = from === "cli.ts" && to === "cli";
  return levelOf(to) < levelOf(from) || isEntry ? null : `${from} must not import ${to}`;
}

/** Every breach of the house rules in one file of `src`, a sentence each. `path` is from the root. */
export function breachesOf({ path, text }: SourceFile): string[] {
  const breaches: string[] = [];
  const inside = path.replace(/^src\//, "");
  const unit = unitOf(inside);
  const code = withoutComments(text);
  const isEdge = text.startsWith("// EDGE");
  for (const specifier of importsOf(text)) {
    if (specifier.startsWith(".")) {
      const reason = forbiddenImport(unit, unitOf(posix.normalize(posix.join(posix.dirname(inside), specifier))));
      if (reason !== null) breaches.push(`imports ${specifier}: ${reason}`);
    } else if (OUTSIDE.test(specifier) && !isEdge) {
      breaches.push(`imports ${specifier} without "// EDGE: …" in its first line`);
    }
  }
  if (PROCESS.test(code) && !isEdge) breaches.push('uses process without "// EDGE: …" in its first line');
  if (TIMELESS.includes(unit) && CLOCK.test(code) && !isEdge) breaches.push("reads a clock or chance: pass it in");
  if (/^export\s+\*/m.test(code)) breaches.push("has export *");
  if (/^export\s+default\b/m.test(code)) breaches.push("has a default export");
  if (/(^|\/)(utils?|helpers?)\.ts$/.test(path)) breaches.push("is named after no concept");
  if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.d)?\.ts$/.test(posix.basename(path))) breaches.push("is not named in kebab-case");
  if (text.split("\n").length - 1 > MAX_LINES) breaches.push(`has more than ${MAX_LINES} lines`);
  return breaches;
}
