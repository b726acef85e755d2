import { compareText } from "../../graph/order.ts";
import type { AddressFamily } from "../../model/address-range.ts";
import type { Labels } from "../../model/service-graph.ts";
import { blockContains } from "../block-contains.ts";
import { NAMESPACE_LABEL } from "../policies/namespace-label.ts";
import { selects } from "./label-selector.ts";
import type { Direction, NetworkPolicy, PeerRule, PortRule, TrafficRule } from "./network-policies.ts";
import type { Traffic, TrafficView } from "./traffic.ts";
import type { TrafficEnd } from "./traffic-ends.ts";
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

/** The same for one view of the traffic; null: it is allowed. */
type ViewVerdict = Pick<Verdict, "result" | "policies" | "reason"> | null;

/** Labels of namespaces by name; of others only the label with their name is known. */
type NamespaceLabels = ReadonlyMap<string, Labels>;

/** The traffic that the policies would block, or may block. Traffic that all directions allow is not listed. */
export function check(
  traffic: readonly Traffic[],
  policies: readonly NetworkPolicy[],
  namespaces: NamespaceLabels,
): readonly Verdict[] {
  const sorted = [...policies].sort((a, b) => compareText(a.namespace, b.namespace) || compareText(a.name, b.name));
  return traffic.flatMap((one) =>
    (["egress", "ingress"] as const).flatMap((direction): readonly Verdict[] => {
      const verdicts = one.views[direction].map((view) => verdictOfView(view, direction, sorted, namespaces));
      const verdict = combined(verdicts, one);
      return verdict === null ? [] : [{ traffic: one, direction, ...verdict }];
    }),
  );
}

/** One of the views is the true one: blocked if it is in each of them. */
function combined(verdicts: readonly ViewVerdict[], { through }: Traffic): ViewVerdict {
  const some = verdicts.filter((verdict) => verdict !== null);
  const [first] = some;
  if (first === undefined) return null;
  const policies = [...new Set(some.flatMap((verdict) => verdict.policies))].sort(compareText);
  if (some.length === verdicts.length && some.every(({ result }) => result === "blocked"))
    return { result: "blocked", policies, reason: "" };
  const unknown = some.find(({ result }) => result === "unknown");
  const how =
    through === null
      ? "which pods served it, or with which IP version, is not known"
      : "whether its addresses are kept depends on the network";
  const reason = unknown?.reason ?? `some of what it may be is blocked, and some is not: ${how}`;
  return { result: "unknown", policies, reason: through === null ? reason : `through ${through}: ${reason}` };
}

/**
 * An end with several addresses is decided address by address: the traffic is blocked if that to one of them is, since each
 * was used.
 */
function verdictOfView(
  view: TrafficView,
  direction: Direction,
  policies: readonly NetworkPolicy[],
  namespaces: NamespaceLabels,
): ViewVerdict {
  const side = direction === "ingress" ? "client" : "server";
  const { addresses, hasMoreAddresses } = view[side];
  if (addresses.length + (hasMoreAddresses ? 1 : 0) < 2) return verdictOfOne(view, direction, policies, namespaces);
  const each = [...addresses.map((address) => [address]), ...(hasMoreAddresses ? [[]] : [])];
  const verdicts = each.map((only) => {
    const end = { ...view[side], addresses: only, hasMoreAddresses: only.length === 0 };
    return verdictOfOne({ ...view, [side]: end }, direction, policies, namespaces);
  });
  return verdicts.find((one) => one?.result === "blocked") ?? verdicts.find((one) => one !== null) ?? null;
}

function verdictOfOne(
  view: TrafficView,
  direction: Direction,
  policies: readonly NetworkPolicy[],
  namespaces: NamespaceLabels,
): ViewVerdict {
  const [own, peer] = direction === "ingress" ? [view.server, view.client] : [view.client, view.server];
  const { pods } = own;
  // A policy selects pods with a network of their own, and no others.
  if (pods === null)
    return own.unknown === null || policies.length === 0 ? null : undecided([], `${own.label}: ${own.unknown}`);
  const isolating = policies.flatMap((policy) => {
    const rules = policy[direction];
    if (rules === null || policy.namespace !== pods.namespace) return [];
    const isSelected = selects(policy.pods, pods.labels);
    if (isSelected === "no") return [];
    return [
      {
        name: `${policy.namespace}/${policy.name}`,
        isSelected,
        isAllowed: any(rules.map((rule) => allows(rule, policy, view, peer, namespaces))),
      },
    ];
  });
  if (isolating.length === 0) return null;
  if (isolating.some(({ isSelected, isAllowed }) => isSelected === "yes" && isAllowed === "yes")) return null;
  const names = isolating.map(({ name }) => name);
  const isCertain =
    isolating.some(({ isSelected }) => isSelected === "yes") && isolating.every(({ isAllowed }) => isAllowed === "no");
  if (!isCertain) {
    // Nothing allows it, and whether something denies it depends on the pod.
    const isOwn = isolating.every(({ isAllowed }) => isAllowed === "no");
    return undecided(names, isOwn ? `some pods of ${own.label} may be selected, and others not` : reasonOf(view, peer));
  }
  if (peer.isNode && mayBeOwnNode(own, peer))
    return undecided(
      names,
      `${peer.label} may be the node of the pod, which networks always admit; any other is blocked`,
    );
  return { result: "blocked", policies: names, reason: "" };
}

/** https://kubernetes.io/docs/concepts/services-networking/network-policies/: a pod and its own node always reach each other. */
function mayBeOwnNode(own: TrafficEnd, peer: TrafficEnd): boolean {
  if (peer.nodes?.size === 0) return false;
  if (own.nodes === null || peer.nodes === null) return true;
  return [...peer.nodes].some((node) => own.nodes?.has(node));
}

function undecided(policies: readonly string[], reason: string): ViewVerdict {
  return { result: "unknown", policies, reason };
}

function reasonOf({ port }: TrafficView, peer: TrafficEnd): string {
  if (port === null) return "the ports of the traffic are unknown";
  if (peer.unknown !== null) return `${peer.label}: ${peer.unknown}`;
  if (peer.isNode) return `${peer.label} is on a node's network, which engines treat differently`;
  return `the labels or addresses of ${peer.label} do not decide it`;
}

function allows(
  { peers, ports }: TrafficRule,
  policy: NetworkPolicy,
  view: TrafficView,
  peer: TrafficEnd,
  namespaces: NamespaceLabels,
): Truth {
  const isPort = ports === null ? "yes" : any(ports.map((rule) => isPortIn(rule, view)));
  const isPeer =
    peers === null ? "yes" : any(peers.map((rule) => isPeerIn(rule, peer, view.family, policy.namespace, namespaces)));
  return all([isPort, isPeer]);
}

function isPortIn({ protocol, port: rule, endPort }: PortRule, view: TrafficView): Truth {
  const { port, server } = view;
  if (protocol !== view.protocol) return "no";
  if (rule === null) return "yes";
  if (port === null) return "unknown";
  if (typeof rule === "number") {
    // The number of a name is not known.
    if (typeof port === "string") return "unknown";
    return truthOf(endPort === null ? port === rule : port >= rule && port <= endPort);
  }
  const { pods, unknown } = server;
  if (rule === port) return "yes";
  if (pods === null) return unknown === null ? "no" : "unknown";
  if (typeof port === "string") return "no";
  // Of UDP, the graph has no container ports.
  if (view.protocol !== "TCP") return "unknown";
  return truthOf(pods.ports.some((one) => one.name === rule && one.port === port));
}

function isPeerIn(
  rule: PeerRule,
  peer: TrafficEnd,
  family: AddressFamily,
  policyNamespace: string,
  namespaces: NamespaceLabels,
): Truth {
  if (peer.unknown !== null) return rule.type === "block" && isEverywhere(rule, family) ? "yes" : "unknown";
  if (rule.type === "block") return isInBlock(rule, peer, family);
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

type BlockRule = Extract<PeerRule, { type: "block" }>;

/** Whether it has every address of the IP version: those of pods and nodes do not matter. */
function isEverywhere({ block, except }: BlockRule, family: AddressFamily): boolean {
  return block.isWhole && block.family === family && except.every((one) => one.family !== family);
}

function isInBlock(rule: BlockRule, { addresses }: TrafficEnd, family: AddressFamily): Truth {
  const [address] = addresses;
  if (address !== undefined)
    return truthOf(blockContains(rule.block, address) && !rule.except.some((one) => blockContains(one, address)));
  if (rule.block.family !== family) return "no";
  return isEverywhere(rule, family) ? "yes" : "unknown";
}
