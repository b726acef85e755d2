import { compareText } from "../../graph/order.ts";
import type { Labels } from "../../model/service-graph.ts";
import { NAMESPACE_LABEL } from "../policies/namespace-label.ts";
import { blockContains } from "./block-contains.ts";
import { selects } from "./label-selector.ts";
import type { Direction, NetworkPolicy, PeerRule, PortRule, TrafficRule } from "./network-policies.ts";
import type { Traffic, TrafficEnd } from "./traffic.ts";
import { all, any, type Truth, truthOf } from "./truth.ts";

/** What policies do with observed traffic in one direction. */
export interface Verdict {
  readonly traffic: Traffic;
  readonly direction: Direction;
  readonly result: "blocked" | "unknown";
  /** Policies that select the pods and do not allow it; of an unknown result, those that may decide. */
  readonly policies: readonly string[];
  /** Why the result is unknown; empty if it is blocked. */
  readonly reason: string;
}

/** Labels of namespaces by name; of others only the label with their name is known. */
type NamespaceLabels = ReadonlyMap<string, Labels>;

/** The traffic that the policies would block, or may block. Traffic that all directions allow is not listed. */
export function check(
  traffic: readonly Traffic[],
  policies: readonly NetworkPolicy[],
  namespaces: NamespaceLabels,
): readonly Verdict[] {
  const sorted = [...policies].sort((a, b) => compareText(a.namespace, b.namespace) || compareText(a.name, b.name));
  return traffic.flatMap((one) => {
    const egress = verdict(one, "egress", sorted, namespaces);
    const ingress = verdict(one, "ingress", sorted, namespaces);
    return [...(egress === null ? [] : [egress]), ...(ingress === null ? [] : [ingress])];
  });
}

/**
 * Null if it is allowed. An end with several addresses is decided address by address: the traffic is blocked if that to
 * one of them is.
 */
function verdict(
  traffic: Traffic,
  direction: Direction,
  policies: readonly NetworkPolicy[],
  namespaces: NamespaceLabels,
): Verdict | null {
  const side = direction === "ingress" ? "client" : "server";
  const { addresses } = traffic[side];
  if (addresses.length < 2) return verdictOfOne(traffic, direction, policies, namespaces);
  const verdicts = addresses.map((address) =>
    verdictOfOne({ ...traffic, [side]: { ...traffic[side], addresses: [address] } }, direction, policies, namespaces),
  );
  return verdicts.find((one) => one?.result === "blocked") ?? verdicts.find((one) => one !== null) ?? null;
}

function verdictOfOne(
  traffic: Traffic,
  direction: Direction,
  policies: readonly NetworkPolicy[],
  namespaces: NamespaceLabels,
): Verdict | null {
  const own = direction === "ingress" ? traffic.server : traffic.client;
  const { pods } = own;
  // A policy selects pods with a network of their own, and no others.
  if (pods === null)
    return own.unknown === null || policies.length === 0
      ? null
      : undecided(traffic, direction, [], `${own.label}: ${own.unknown}`);
  const isolating = policies.flatMap((policy) => {
    const rules = policy[direction];
    if (rules === null || policy.namespace !== pods.namespace) return [];
    const isSelected = selects(policy.pods, pods.labels);
    if (isSelected === "no") return [];
    return [
      {
        name: `${policy.namespace}/${policy.name}`,
        isSelected,
        isAllowed: any(rules.map((rule) => allows(rule, policy, traffic, direction, namespaces))),
      },
    ];
  });
  if (isolating.length === 0) return null;
  if (isolating.some(({ isSelected, isAllowed }) => isSelected === "yes" && isAllowed === "yes")) return null;
  const names = isolating.map(({ name }) => name);
  const isCertain =
    isolating.some(({ isSelected }) => isSelected === "yes") && isolating.every(({ isAllowed }) => isAllowed === "no");
  if (isCertain) return { traffic, direction, result: "blocked", policies: names, reason: "" };
  return undecided(traffic, direction, names, reasonOf(traffic, direction));
}

function undecided(traffic: Traffic, direction: Direction, policies: readonly string[], reason: string): Verdict {
  return { traffic, direction, result: "unknown", policies, reason };
}

function reasonOf({ client, server, port }: Traffic, direction: Direction): string {
  const peer = direction === "ingress" ? client : server;
  if (port === null) return "the ports of the traffic are unknown";
  if (peer.unknown !== null) return `${peer.label}: ${peer.unknown}`;
  if (peer.isNode) return `${peer.label} is on a node's network, which engines treat differently`;
  return `the labels or addresses of ${peer.label} do not decide it`;
}

function allows(
  { peers, ports }: TrafficRule,
  policy: NetworkPolicy,
  traffic: Traffic,
  direction: Direction,
  namespaces: NamespaceLabels,
): Truth {
  const peer = direction === "ingress" ? traffic.client : traffic.server;
  const isPort = ports === null ? "yes" : any(ports.map((rule) => isPortIn(rule, traffic)));
  const isPeer = peers === null ? "yes" : any(peers.map((rule) => isPeerIn(rule, peer, policy.namespace, namespaces)));
  return all([isPort, isPeer]);
}

function isPortIn({ protocol, port, endPort }: PortRule, traffic: Traffic): Truth {
  if (protocol !== traffic.protocol) return "no";
  if (port === null) return "yes";
  if (traffic.port === null) return "unknown";
  if (typeof port === "number") {
    return truthOf(endPort === null ? traffic.port === port : traffic.port >= port && traffic.port <= endPort);
  }
  const { pods } = traffic.server;
  if (pods === null) return traffic.server.unknown === null ? "no" : "unknown";
  return truthOf(pods.ports.some((one) => one.name === port && one.port === traffic.port));
}

function isPeerIn(rule: PeerRule, peer: TrafficEnd, policyNamespace: string, namespaces: NamespaceLabels): Truth {
  if (peer.unknown !== null) return "unknown";
  if (rule.type === "block") return isInBlock(rule, peer);
  if (peer.pods === null) return "no";
  const { namespace, labels } = peer.pods;
  const isNamespace =
    rule.namespaces === null
      ? truthOf(namespace === policyNamespace)
      : selects(rule.namespaces, {
          labels: { ...namespaces.get(namespace), [NAMESPACE_LABEL]: namespace },
          isOpen: () => !namespaces.has(namespace),
        });
  return all([isNamespace, rule.pods === null ? "yes" : selects(rule.pods, labels)]);
}

function isInBlock(
  { cidr, block, except }: Extract<PeerRule, { type: "block" }>,
  { addresses, pods }: TrafficEnd,
): Truth {
  // Every address is in it, of either family: the addresses of the pods do not matter.
  if (addresses.length === 0) return pods !== null && cidr === "0.0.0.0/0" && except.length === 0 ? "yes" : "unknown";
  const inside = addresses.map(
    (address) => blockContains(block, address) && !except.some((one) => blockContains(one, address)),
  );
  if (inside.every((one) => one)) return "yes";
  return inside.some((one) => one) ? "unknown" : "no";
}
