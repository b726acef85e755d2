// Suggestions for words that are not commands.

const USERS =
  "the table of replay lists client and server of each edge, and --format html -o map.html has a search for nodes and their neighbors";
const DIFF =
  "comparing graphs is not supported yet; replay --format json writes one node or edge per line, for diff or jq";
const FAILURES = "the table of replay lists failed connections; doctor checks why nothing is captured or sent";
const DRAW = "replay FILE draws capture files; --format and -o select table, html, svg, mermaid, dot or json";
const LIVE = "agent captures live; it prints interactions with --format jsonl, and sends span pairs otherwise";
const CHECK = "doctor checks the requirements of the agent; a running agent serves its health at --listen PORT";
const RECORD = "record --cluster-log FILE records changes of the cluster; tcpdump -w FILE captures packets";
const SEND = "replay --otlp and agent send span pairs; the OTEL_… variables configure the Collector";
const POLICIES = "writing policies is not supported yet; replay --format json has each edge with its ports";

const SUGGESTIONS: Readonly<Record<string, readonly string[]>> = {
  [USERS]: [
    "impact",
    "blast",
    "blast-radius",
    "who",
    "clients",
    "callers",
    "dependents",
    "dependencies",
    "deps",
    "uses",
  ],
  [DIFF]: ["diff", "compare", "changes", "drift"],
  [FAILURES]: ["why", "explain", "errors", "failures", "failed"],
  [DRAW]: ["graph", "map", "draw", "render", "show", "view", "table", "html", "svg", "analyze", "analyse", "read"],
  [LIVE]: ["live", "capture", "sniff", "listen", "watch", "run", "start", "serve", "monitor", "daemon", "tail"],
  [CHECK]: ["check", "diagnose", "debug", "status", "health", "test"],
  [RECORD]: ["log", "events", "snapshot", "dump", "save"],
  [SEND]: ["export", "send", "otlp", "push", "traces"],
  [POLICIES]: ["policy", "policies", "netpol", "networkpolicy", "intents", "clientintents"],
};

const CAPTURE_NAME = /\.(pcap|pcapng|cap|pcap\.gz)$/i;

/** A suggestion for an unknown command; null without one. */
export function suggestionFor(word: string): string | null {
  if (CAPTURE_NAME.test(word)) return `to draw this capture, use wirespan replay ${word}`;
  const lower = word.toLowerCase();
  return Object.keys(SUGGESTIONS).find((suggestion) => SUGGESTIONS[suggestion]?.includes(lower)) ?? null;
}
