import { asObject, objects, strings, text } from "../../kubernetes/objects/json-fields.ts";
import { AddressRange } from "../../model/address-range.ts";
import { ConfigError } from "../../model/errors.ts";
import type { Labels } from "../../model/service-graph.ts";
import type { LabelSelector } from "./label-selector.ts";

export type Direction = "ingress" | "egress";

export interface PortRule {
  readonly protocol: string;
  /** Null: every port. A text is the name of a container port. */
  readonly port: number | string | null;
  readonly endPort: number | null;
}

export type PeerRule =
  | {
      readonly type: "block";
      readonly block: AddressRange;
      readonly except: readonly AddressRange[];
    }
  | { readonly type: "pods"; readonly namespaces: LabelSelector | null; readonly pods: LabelSelector | null };

export interface TrafficRule {
  /** Null: every peer. */
  readonly peers: readonly PeerRule[] | null;
  /** Null: every port. */
  readonly ports: readonly PortRule[] | null;
}

/** A NetworkPolicy, as far as it decides on traffic. */
export interface NetworkPolicy {
  readonly namespace: string;
  readonly name: string;
  readonly pods: LabelSelector;
  /** Null: the policy does not limit this direction. */
  readonly ingress: readonly TrafficRule[] | null;
  readonly egress: readonly TrafficRule[] | null;
}

/** Reads a networking.k8s.io/v1 NetworkPolicy. Throws ConfigError for an invalid one. */
export function readNetworkPolicy(value: unknown): NetworkPolicy {
  const { metadata, spec: specValue } = asObject(value);
  const { name, namespace } = asObject(metadata);
  const title = `NetworkPolicy ${text(namespace) ?? "default"}/${text(name) ?? "(no name)"}`;
  const spec = asObject(specValue);
  const given = strings(spec.policyTypes);
  const types = given.length > 0 ? given : ["Ingress", ...(objects(spec.egress).length > 0 ? ["Egress"] : [])];
  return {
    namespace: text(namespace) ?? "default",
    name: text(name) ?? "(no name)",
    pods: readSelector(spec.podSelector, title),
    ingress: types.includes("Ingress") ? objects(spec.ingress).map((rule) => readRule(rule, "from", title)) : null,
    egress: types.includes("Egress") ? objects(spec.egress).map((rule) => readRule(rule, "to", title)) : null,
  };
}

function readRule(rule: Record<string, unknown>, peersField: "from" | "to", title: string): TrafficRule {
  const peers = objects(rule[peersField]).map((peer) => readPeer(peer, title));
  const ports = objects(rule.ports).map(readPort);
  return { peers: peers.length === 0 ? null : peers, ports: ports.length === 0 ? null : ports };
}

function readPeer({ ipBlock, namespaceSelector, podSelector }: Record<string, unknown>, title: string): PeerRule {
  if (ipBlock != null) {
    const { cidr, except } = asObject(ipBlock);
    const block = readRange(text(cidr) ?? "", title);
    return {
      type: "block",
      block,
      except: strings(except).map((one) => readRange(one, title)),
    };
  }
  return {
    type: "pods",
    namespaces: namespaceSelector == null ? null : readSelector(namespaceSelector, title),
    pods: podSelector == null ? null : readSelector(podSelector, title),
  };
}

function readRange(cidr: string, title: string): AddressRange {
  const range = AddressRange.parse(cidr);
  if (range === null) throw new ConfigError(`${title}: ${JSON.stringify(cidr)} is no CIDR block; correct the policy`);
  return range;
}

function readPort({ protocol, port, endPort }: Record<string, unknown>): PortRule {
  return {
    protocol: text(protocol) ?? "TCP",
    port: typeof port === "number" || typeof port === "string" ? port : null,
    endPort: typeof endPort === "number" ? endPort : null,
  };
}

const OPERATORS = ["In", "NotIn", "Exists", "DoesNotExist"] as const;

function readSelector(value: unknown, title: string): LabelSelector {
  const { matchLabels, matchExpressions } = asObject(value);
  const labels = Object.entries(asObject(matchLabels)).map(([key, one]): [string, string] => [key, String(one)]);
  return {
    matchLabels: Object.fromEntries(labels) as Labels,
    matchExpressions: objects(matchExpressions).map((requirement) => {
      const operator = OPERATORS.find((known) => known === requirement.operator);
      if (operator === undefined) {
        throw new ConfigError(
          `${title}: unknown operator ${JSON.stringify(requirement.operator)}; use ${OPERATORS.join(", ")}`,
        );
      }
      return { key: text(requirement.key) ?? "", operator, values: strings(requirement.values) };
    }),
  };
}
