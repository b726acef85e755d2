// What people type in place of a command, and what answers it today.

const USERS =
  "who uses what is in each row of replay's table, and --format html -o map.html has a search with the neighbours of each node";
const DIFF =
  "two graphs are not compared yet; replay --format json writes each node and edge on a line of its own, for diff or jq";
const FAILURES = "what failed, and how, is in the table of replay; why nothing is seen or sent is what doctor says";
const DRAW = "replay FILE draws capture files, with --format and -o as table, html, svg, mermaid, dot or json";
const LIVE = "agent captures live, prints with --format jsonl, and sends span pairs otherwise";
const CHECK = "doctor checks what the agent needs here; a running agent says at --listen PORT how it is";
const RECORD = "record --cluster-log FILE writes the cluster's changes down; packets are captured with tcpdump -w FILE";
const SEND = "replay --otlp and agent send span pairs, as the OTEL_… variables say";
const POLICIES = "policies are not written yet; replay --format json has each edge with its ports";

const ANSWERS: Readonly<Record<string, readonly string[]>> = {
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
  [DRAW]: [
    "graph",
    "map",
    "draw",
    "render",
    "show",
    "view",
    "table",
    "html",
    "svg",
    "analyze",
    "analyse",
    "read",
    "edges",
  ],
  [LIVE]: ["live", "capture", "sniff", "listen", "watch", "run", "start", "serve", "monitor", "daemon", "tail"],
  [CHECK]: ["check", "diagnose", "debug", "status", "health", "test", "verify"],
  [RECORD]: ["log", "events", "snapshot", "dump", "save"],
  [SEND]: ["export", "send", "otlp", "push", "traces"],
  [POLICIES]: ["policy", "policies", "netpol", "networkpolicy", "intents", "clientintents"],
};

const CAPTURE_NAME = /\.(pcap|pcapng|cap|pcap\.gz)$/i;

/** What answers a word that is no command; null where nothing is near. */
export function answerFor(word: string): string | null {
  if (CAPTURE_NAME.test(word)) return `to draw that capture, write wirespan replay ${word}`;
  const asked = word.toLowerCase();
  return Object.keys(ANSWERS).find((answer) => ANSWERS[answer]?.includes(asked)) ?? null;
}
