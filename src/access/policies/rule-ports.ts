import type { FlowPath } from "../flow-paths.ts";
import type { PolicyPort } from "./workload-policy.ts";

/** TCP ports of a rule; no ports: every port. */
interface RulePorts {
  readonly ports: readonly PolicyPort[];
  /** What to mind. */
  readonly remarks: readonly string[];
}

/** Ports of the server's pods on these ways. */
export function podPorts(paths: readonly FlowPath[]): RulePorts {
  return rulePorts(paths, ({ podPorts }) => podPorts);
}

/** Packets have the dialed port before DNAT, and the pod's after it. */
export function arrivalPorts(paths: readonly FlowPath[]): RulePorts {
  return rulePorts(paths, (path) => [...path.dialledPorts, ...path.podPorts]);
}

export function dialledPorts(paths: readonly FlowPath[]): RulePorts {
  return rulePorts(paths, (path) => path.dialledPorts);
}

function rulePorts(paths: readonly FlowPath[], portsOf: (path: FlowPath) => FlowPath["podPorts"]): RulePorts {
  const ports = [...new Set(paths.flatMap(portsOf))].sort(byNumber);
  if (ports.length === 0 || paths.some(({ hasMorePorts }) => hasMorePorts))
    return { ports: [], remarks: ["every port: the graph does not have all ports that were used"] };
  return { ports: ports.map((port) => ({ port, protocol: "TCP" })), remarks: [] };
}

/** Names after numbers. */
export function byNumber(a: number | string, b: number | string): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "number" || typeof b === "number") return typeof a === "number" ? -1 : 1;
  return a < b ? -1 : 1;
}
