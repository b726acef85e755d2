// Suggestions for words that are not commands.

const USERS = "blast-radius NAME lists who is affected when it is down; edges --to NAME lists its clients";
const DIFF = "diff OLDER NEWER lists the edges that began, ended, or began to fail";
const FAILURES =
  "edges --failed lists what failed, explain CLIENT SERVER why; doctor checks why nothing is captured or sent";
const ROLLOUT = "rollout ranks the workloads to instrument next";
const DRAW = "edges lists a graph, map draws it as html, svg, mermaid or dot; replay FILE draws capture files";
const SAVE = "snapshot -o FILE saves a graph; record --cluster-log FILE records changes of the cluster";
const MERGE = "merge A B -o FILE adds up graph files";
const LIVE = "agent captures live; it prints interactions with --format jsonl, and sends span pairs otherwise";
const CHECK = "doctor checks the requirements of the agent; a running agent serves its health at --listen PORT";
const RECORD = "record --cluster-log FILE records changes of the cluster; tcpdump -w FILE captures packets";
const SEND = "replay --otlp and agent send span pairs; the OTEL_… variables configure the Collector";
const POLICIES = "policies writes network policies, and intents writes ClientIntents, from observed connections";

const SUGGESTIONS: Readonly<Record<string, readonly string[]>> = {
  [USERS]: ["impact", "blast", "who", "clients", "callers", "dependents", "dependencies", "deps", "uses", "needs"],
  [DIFF]: ["compare", "changes", "drift"],
  [FAILURES]: ["errors", "failures", "failed"],
  [ROLLOUT]: ["instrument", "tracing", "coverage", "roll-out"],
  [DRAW]: [
    "graph",
    "list",
    "ls",
    "get",
    "top",
    "describe",
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
  ],
  [LIVE]: ["live", "capture", "sniff", "listen", "watch", "run", "start", "serve", "monitor", "daemon", "tail"],
  [CHECK]: ["check", "diagnose", "debug", "status", "health", "test"],
  [RECORD]: ["log", "events"],
  [SAVE]: ["dump", "save", "backup"],
  [MERGE]: ["add", "combine", "join", "union"],
  [SEND]: ["export", "send", "otlp", "push", "traces"],
  [POLICIES]: ["policy", "netpol", "networkpolicy", "clientintents"],
};

const CAPTURE_NAME = /\.(pcap|pcapng|cap|pcap\.gz)$/i;

/** A suggestion for an unknown command; null without one. */
export function suggestionFor(word: string): string | null {
  if (CAPTURE_NAME.test(word)) return `to draw this capture, use wirespan replay ${word}`;
  const lower = word.toLowerCase();
  return Object.keys(SUGGESTIONS).find((suggestion) => SUGGESTIONS[suggestion]?.includes(lower)) ?? null;
}
