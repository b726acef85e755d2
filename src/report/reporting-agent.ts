/**
 * report: after resolve. Decides which agent tells of a connection that several have seen, so that it is told once.
 * Pure; knows places and agents, not names.
 */
import { Direction } from "../model/packet.ts";
import type { Place, Sight } from "../model/sight.ts";

export interface Reporter {
  /** Node whose agent this is; null when there is none: then every connection is told where it is seen. */
  readonly node: string | null;
  /** Whether a node had an agent then, though it may be a silent one. */
  readonly hasAgent: (node: string, timeMicros: number) => boolean;
}

/**
 * Whether this node's agent tells of the connection. Who masquerades knows both ends and tells; who sees a node's
 * address as the source stays silent, for the node behind it has told.
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
      // Transit from outside to outside is not the cluster's.
      return sight.destination.type !== "external" && isTerminalHere(sight, node, reporter);
    case "service":
      return false;
  }
}

/**
 * A frame from an address of this node: a host process dialled, if the frame left the node. Files without a direction
 * tell it by the destination. What comes in from there and goes nowhere else is `lo`: host process to own host.
 */
function isDialledByHostProcess(sight: Sight, node: string): boolean {
  if (sight.firstDirection === Direction.outgoing) return true;
  return sight.firstDirection === Direction.unknown && !isNode(sight.destination, node);
}

/** Whether no other node's agent will see both ends: the connection ends here, or its source is changed here. */
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
