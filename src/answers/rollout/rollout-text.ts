import { alignedLines } from "../../render/aligned-lines.ts";
import { nodeLabel } from "../../render/labels/node-label.ts";
import { newestDescription } from "../../selection/newest-description.ts";
import { countText, percentText } from "../../text/number-text.ts";
import { markdownText } from "../../text/visible-text.ts";
import { linesText, section } from "../section.ts";
import { injectCommand } from "./inject-command.ts";
import type { Pick, Rollout } from "./rollout.ts";

interface RolloutTextOptions {
  /** Picks to show; null: all. */
  readonly first: number | null;
  /** Adds the commands that instrument each pick, as comments. */
  readonly hasPatches: boolean;
}

const HEAD = ["", "workload", "edges", "of all", "connections", "without spans", "failing", "language"];
const RIGHT = [true, false, true, true, true, true, true, false];

/** The ranking for a person. */
export function rolloutText(rollout: Rollout, { first, hasPatches }: RolloutTextOptions): string {
  const picks = first === null ? rollout.picks : rollout.picks.slice(0, first);
  const rows = picks.map((pick, index) => [String(index + 1), nodeLabel(pick.node), ...figures(pick, rollout)]);
  const lines = [
    stateText(rollout),
    ...(rows.length === 0
      ? ["", `no workload is left to instrument${placeText(rollout)}`]
      : [
          "",
          `instrument next${placeText(rollout)}, each after those above it`,
          ...alignedLines([HEAD, ...rows], RIGHT),
          "",
        ]),
    ...(rows.length === 0 ? [] : picks.slice(0, 3).map((pick, index) => `${index + 1}. ${reasonText(pick)}`)),
    ...section(
      "exporting spans already",
      rollout.instrumented.map(
        ({ node, sign }) =>
          `${nodeLabel(node)}: ${sign === "spec" ? "its pods' spec says so" : "it connects to an OTLP port"}`,
      ),
    ),
    ...section(
      "not to instrument: the spans of their clients show them",
      rollout.infrastructure.map(({ node, what }) => `${nodeLabel(node)}: ${what}`),
    ),
    ...(hasPatches
      ? [
          "",
          "# commands for the OpenTelemetry Operator; nothing was applied, and they restart pods",
          ...picks.map(patchLine),
        ]
      : []),
  ];
  return linesText(lines);
}

/** The ranking as a Markdown table. */
export function rolloutMarkdown(rollout: Rollout, { first }: RolloutTextOptions): string {
  const picks = first === null ? rollout.picks : rollout.picks.slice(0, first);
  const row = (cells: readonly string[]): string => `| ${cells.map(markdownText).join(" | ")} |`;
  const lines = [
    stateText(rollout),
    "",
    row(["#", ...HEAD.slice(1)]),
    row(HEAD.map((_, i) => (RIGHT[i] === true ? "---:" : "---"))),
    ...picks.map((pick, index) => row([String(index + 1), nodeLabel(pick.node), ...figures(pick, rollout)])),
  ];
  return linesText(lines);
}

function placeText({ namespaces }: Rollout): string {
  return namespaces.length === 0 ? "" : ` in ${namespaces.join(", ")}`;
}

function stateText({ edges, edgesDone, connections, connectionsDone }: Rollout): string {
  return `real spans show ${edgesDone} of ${countText(edges, "edge")} and ${percentText(connectionsDone / Math.max(1, connections))} of ${countText(connections, "connection")}; wirespan shows the rest`;
}

function figures(pick: Pick, { edges }: Rollout): string[] {
  return [
    `+${pick.edgesCompleted}`,
    `${pick.totalCompleted} of ${edges}`,
    percentText(pick.connectionsShare),
    String(pick.darkNeighbors.length),
    String(pick.failingEdges),
    pick.language ?? "unknown",
  ];
}

/** One sentence: what the pick completes, and what it leaves. */
export function reasonText({ node, edgesCompleted, connectionsShare, darkNeighbors, failingEdges }: Pick): string {
  const completes =
    edgesCompleted === 0
      ? "completes no edge yet, but is an end of more than any other workload"
      : `completes ${countText(edgesCompleted, "edge")}`;
  const failing = failingEdges === 0 ? "" : `, ${countText(failingEdges, "failing edge")}`;
  const left =
    darkNeighbors.length === 0
      ? ""
      : `; ${countText(darkNeighbors.length, "neighbor")} without spans ${darkNeighbors.length === 1 ? "remains" : "remain"}`;
  return `${nodeLabel(node)} ${completes}, with ${percentText(connectionsShare)} of the connections${failing}${left}`;
}

function patchLine({ node, language }: Pick): string {
  return `# ${injectCommand(node, newestDescription(node)?.owners ?? [], language)}`;
}
