import { linesText } from "../../answers/section.ts";
import { alignedLines } from "../../render/aligned-lines.ts";
import { nodeLabel } from "../../render/labels/node-label.ts";
import { timeText } from "../../render/labels/observed-text.ts";
import { jsonList } from "../../text/json-list.ts";
import { countText } from "../../text/number-text.ts";
import { jsonText, visibleText } from "../../text/visible-text.ts";
import type { Verdict } from "./check.ts";

const HEAD = ["result", "direction", "client", "server", "port", "connections", "last seen", "by"];
const RIGHT = [false, false, false, false, true, true, false, false];

/** What a check covers. */
interface CheckScope {
  readonly cluster: string | null;
  readonly policies: number;
  /** Kinds of observed traffic: client, server and port. */
  readonly traffic: number;
  readonly incomplete: readonly string[];
}

/** The verdicts as a table for a person, blocked traffic first. */
export function checkText(verdicts: readonly Verdict[], { policies, traffic }: CheckScope): string {
  const blocked = verdicts.filter(({ result }) => result === "blocked");
  const unknown = verdicts.filter(({ result }) => result === "unknown");
  const rows = [...blocked, ...unknown].map(rowOf);
  const totals = `${countText(policies, "policy").replace(/policys$/, "policies")} checked against ${countText(traffic, "observed flow")}: ${blocked.length} blocked, ${unknown.length} not decided`;
  return linesText([...(rows.length === 0 ? [] : [...alignedLines([HEAD, ...rows], RIGHT), ""]), totals]);
}

function rowOf({ traffic, direction, result, policies, reason }: Verdict): string[] {
  const { client, server, port, protocol, count, lastSeenMicros } = traffic;
  return [
    result,
    direction,
    nodeLabel(client),
    typeof server === "string" ? server : nodeLabel(server),
    port === null ? "-" : protocol === "UDP" ? `${port}/udp` : String(port),
    count === null ? "-" : String(count),
    lastSeenMicros === null ? "-" : timeText(lastSeenMicros),
    visibleText(result === "blocked" ? policies.join(", ") : reason),
  ];
}

/** The verdicts as versioned JSON, one a line. */
export function checkJson(
  verdicts: readonly Verdict[],
  { cluster, policies, traffic, incomplete }: CheckScope,
): string {
  const head = jsonText({ wirespan: "policies-check", version: 1, cluster, policies, traffic, incomplete });
  return `${head.slice(0, -1)},\n${jsonList("verdicts", verdicts.map(verdictFields))}}\n`;
}

function verdictFields({ traffic, direction, result, policies, reason }: Verdict): object {
  const { client, server, port, protocol, through, count, lastSeenMicros } = traffic;
  return {
    result,
    direction,
    client: client.id,
    server: typeof server === "string" ? server : server.id,
    protocol,
    port,
    through,
    connections: count,
    lastSeen: lastSeenMicros === null ? null : lastSeenMicros / 1e6,
    policies,
    reason,
  };
}
