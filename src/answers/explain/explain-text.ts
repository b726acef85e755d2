import type { Flow, GraphNode } from "../../model/service-graph.ts";
import { alignedLines } from "../../render/aligned-lines.ts";
import { connectionCount, failureText, lookupCount, millisText } from "../../render/labels/edge-figures.ts";
import { nodeLabel } from "../../render/labels/node-label.ts";
import { observedText, timeText } from "../../render/labels/observed-text.ts";
import { newestDescription } from "../../selection/newest-description.ts";
import { countText } from "../../text/number-text.ts";
import { visibleText } from "../../text/visible-text.ts";
import { linesText, section } from "../section.ts";
import { type Explanation, NAME_TEXTS, RULE_TEXTS, type Witness } from "./explain.ts";

const INDENT = "  ";

/** The explanation for a person: one subject a paragraph. */
export function explainText(explanation: Explanation): string {
  const { client, server, edge, reverse, behind, observed, incomplete } = explanation;
  const title = `${nodeLabel(client)} → ${nodeLabel(server)}`;
  const head = [
    title,
    `${INDENT}observed: ${observedText(observed)}`,
    ...incomplete.map((problem) => `${INDENT}incomplete: ${problem}`),
  ];
  if (edge === null) {
    const other = reverse === null ? "" : `; the reverse, ${nodeLabel(server)} → ${nodeLabel(client)}, was observed`;
    return linesText([
      ...head,
      "",
      `no connection or lookup was observed from ${nodeLabel(client)} to ${nodeLabel(server)}${other}`,
      ...behind.map(
        (workload) =>
          `connections through this Service end at ${nodeLabel(workload)}; see wirespan explain ${client.id} ${workload.id}`,
      ),
    ]);
  }
  const sections = [
    section("seen", figures(explanation)),
    section("ports and names", flowLines(edge.flows)),
    section("ends", [
      ...endLines(
        "client",
        client,
        edge.clientRules.map((rule) => RULE_TEXTS[rule]),
      ),
      ...endLines(
        "server",
        server,
        edge.serverRules.map((rule) => RULE_TEXTS[rule]),
      ),
      ...(edge.addresses.length > 0
        ? [`addresses: ${edge.addresses.join(", ")}${edge.addressesOmitted > 0 ? ", and more" : ""}`]
        : []),
    ]),
    section("DNS servers of the client", resolverLines(client)),
    section("reported by", witnessLines(explanation.witnesses)),
    section("not known", explanation.unknown),
  ];
  return linesText([...head, ...sections.flat()]);
}

function figures({ edge }: Explanation): string[] {
  if (edge === null) return [];
  const connections = connectionCount(edge);
  const lookups = lookupCount(edge);
  const failed = failureText(edge);
  const { handshake } = edge;
  return [
    ...(connections > 0 ? [countText(connections, "connection")] : []),
    ...(lookups > 0 ? [`${countText(lookups, "lookup")} without a connection`] : []),
    ...(failed === "" ? [] : [`failed: ${failed}`]),
    ...(handshake === null
      ? []
      : [
          `handshake: p50 ${millisText(handshake.p50)} ms, p90 ${millisText(handshake.p90)} ms, p99 ${millisText(handshake.p99)} ms`,
        ]),
    `first ${timeText(edge.firstSeenMicros)}, last ${timeText(edge.lastSeenMicros)}`,
  ];
}

const FLOW_HEAD = ["dialed", "served", "Service", "name", "count", "failed", "first", "last"];

function flowLines(flows: readonly Flow[]): readonly string[] {
  if (flows.length === 0) return [];
  const rows = flows.map((flow) => [
    flow.dialledPort === null ? "-" : String(flow.dialledPort),
    flow.servedPort === null ? "-" : String(flow.servedPort),
    visibleText(flow.service ?? "-"),
    visibleText(flow.name ?? "-"),
    String(flow.count),
    String(flow.failed),
    timeText(flow.firstSeenMicros),
    timeText(flow.lastSeenMicros),
  ]);
  return alignedLines([FLOW_HEAD, ...rows], [true, true, false, false, true, true, false, false]);
}

function endLines(role: string, node: GraphNode, rules: readonly string[]): string[] {
  const { owners: known = [], namedBy = [] } = newestDescription(node) ?? {};
  const owners = known.map(({ kind, name }) => `${kind} ${name}`);
  return [
    ...(rules.length === 0
      ? [`${role}: ${nodeLabel(node)}`]
      : rules.map((rule) => `${role}: ${nodeLabel(node)}, ${rule}`)),
    ...(owners.length === 0 ? [] : [`${INDENT}owner of its pods: ${owners.join(", ")}`]),
    ...(namedBy.length === 0
      ? []
      : [`${INDENT}its name is from ${namedBy.map((rule) => NAME_TEXTS[rule]).join(", ")}`]),
  ];
}

function resolverLines({ resolvers = [] }: GraphNode): string[] {
  return resolvers.map(
    ({ address, port, transport, end }) => `${address} port ${port}, ${transport}${end === null ? "" : `: ${end}`}`,
  );
}

function witnessLines(witnesses: readonly Witness[]): string[] {
  return witnesses.map(({ observation, instance, count }) => {
    const node = observation?.node ?? null;
    const who = node === null ? instance : `${node} (${instance})`;
    return `${visibleText(who)}: ${countText(count, "interaction")}`;
  });
}
