/**
 * Decides which agent reports a connection that the agents of several nodes have seen, so that one does.
 * Pure; uses places and agents, not names.
 */
import { Direction } from "../model/packet.ts";
import type { Place, Sight } from "../model/sight.ts";

interface Reporter {
  /** Node of this agent; null: unknown, so every observed connection is reported. */
  readonly node: string | null;
  /** Whether a node had an agent at that time, ready or not. */
  readonly hasAgent: (node: string, timeMicros: number) => boolean;
}

/**
 * Whether this node's agent reports the connection. The node that masquerades sees both ends and reports. A node that
 * sees the address of another node as the source does not: the agent of that node reports.
 */
export function isReportedHere(sight: Sight, reporter: Reporter): boolean {
  const { node } = reporter;
  if (node === null) return true;
  const { source } = sight;
  switch (source.type) {
    case "pod":
      if (source.node === node) return true;
      return (
        source.node !== null &&
        !reporter.hasAgent(source.node, sight.timeMicros) &&
        isTerminalHere(sight, node, reporter)
      );
    case "node":
      if (source.node === node) return isDialledByHostProcess(sight, node);
      return !reporter.hasAgent(source.node, sight.timeMicros) && isTerminalHere(sight, node, reporter);
    case "external":
      // Transit from outside to outside does not involve the cluster.
      return sight.destination.type !== "external" && isTerminalHere(sight, node, reporter);
    case "service":
      return false;
  }
}

/**
 * The source is an address of this node: the client is a host process if the frame left the node. In files without a
 * direction, the destination decides. An incoming frame is on `lo`: a host process dialed its own host.
 */
function isDialledByHostProcess(sight: Sight, node: string): boolean {
  if (sight.firstDirection === Direction.outgoing) return true;
  return sight.firstDirection === Direction.unknown && !isNode(sight.destination, node);
}

/** Whether no agent of another node sees both ends: the connection ends here, or its source is translated here. */
function isTerminalHere(sight: Sight, node: string, reporter: Reporter): boolean {
  if (sight.isSourceTranslated) return true;
  const { destination } = sight;
  switch (destination.type) {
    case "pod":
    case "node":
      return (
        destination.node === node ||
        (destination.node !== null && !reporter.hasAgent(destination.node, sight.timeMicros))
      );
    case "service":
      return true;
    case "external":
      return false;
  }
}

function isNode(place: Place, node: string): boolean {
  return place.type === "node" && place.node === node;
}
