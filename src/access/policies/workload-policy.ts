import type { GraphNode, Labels } from "../../model/service-graph.ts";
import type { PodPort } from "../flow-paths.ts";

/** The other end of a rule. Blocks of addresses are in CIDR notation. */
export type Peer =
  | { readonly type: "pods"; readonly namespace: string; readonly selector: Labels }
  /** A server outside the cluster; its addresses will change. */
  | { readonly type: "domain"; readonly name: string; readonly blocks: readonly string[] }
  | { readonly type: "api-server"; readonly blocks: readonly string[] }
  | { readonly type: "blocks"; readonly blocks: readonly string[] }
  /**
   * Kubernetes nodes, whose addresses engines treat differently; without blocks, any of them. `withOutside`: also hosts outside
   * the cluster, which may come with the address of a node.
   */
  | { readonly type: "nodes"; readonly blocks: readonly string[]; readonly withOutside: boolean }
  | { readonly type: "any" };

export interface PolicyPort {
  readonly port: PodPort;
  readonly protocol: "TCP" | "UDP";
}

/** One allowed peer with its ports, and why. */
export interface PolicyRule {
  readonly peer: Peer;
  /** Empty: every port. */
  readonly ports: readonly PolicyPort[];
  /** Lines of a comment: the peer, the evidence, what to mind. */
  readonly comment: readonly string[];
}

/** The access of one workload, before it is written in the form of an engine. */
export interface WorkloadPolicy {
  readonly node: GraphNode;
  readonly namespace: string;
  readonly name: string;
  readonly selector: Labels;
  readonly ingress: readonly PolicyRule[];
  readonly egress: readonly PolicyRule[];
  /** What was observed and is not allowed, and what else to mind, a sentence each. */
  readonly notes: readonly string[];
}

/** A workload without a policy. */
export interface OmittedPolicy {
  readonly node: GraphNode;
  readonly reason: string;
}
