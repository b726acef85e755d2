/**
 * Addresses in annotations that networks write: additional addresses of a node, its pod ranges, secondary interfaces of a
 * pod. A value is one address, a comma-separated list, or JSON of several shapes. Anything else in it is ignored.
 */
import { ADDRESS_WORDS, addressText, parseAddressInto } from "../../model/address.ts";
import { asObject, objects, strings } from "./json-fields.ts";
import {
  NETWORK_STATUS_ANNOTATIONS,
  NODE_ADDRESS_ANNOTATIONS,
  NODE_RANGE_ANNOTATIONS,
  NODE_ROUTER_ANNOTATIONS,
  OVN_NODE_SUBNETS_ANNOTATION,
} from "./known-labels.ts";

type Annotations = Readonly<Record<string, unknown>>;

const MAX_DEPTH = 4;
/** Of all interfaces of a pod. The pod's owner may write any number, and every agent of the cluster keeps them. */
const MAX_STATUS_ADDRESSES = 64;
const NONE: readonly string[] = [];
/** The management port of a node has the second address of the node's subnet. */
const OVN_MANAGEMENT_PORT = 2;

/** Additional addresses of a node: tunnel endpoints, management ports. */
export function annotatedNodeAddresses(annotations: Annotations): readonly string[] {
  return [...addressesIn(annotations, NODE_ADDRESS_ANNOTATIONS), ...ovnSubnets(annotations).flatMap(managementPort)];
}

/** Addresses of the routers that forward traffic to a node's NodePorts. */
export function annotatedRouterAddresses(annotations: Annotations): readonly string[] {
  return addressesIn(annotations, NODE_ROUTER_ANNOTATIONS);
}

/** Pod ranges of a node in addition to `spec.podCIDRs`. */
export function annotatedRanges(annotations: Annotations): readonly string[] {
  return [...NODE_RANGE_ANNOTATIONS.flatMap((key) => textsIn(annotations[key])), ...ovnSubnets(annotations)];
}

/**
 * Addresses of all interfaces of a pod, the primary one included; at most MAX_STATUS_ADDRESSES.
 * https://github.com/k8snetworkplumbingwg/multi-net-spec
 */
export function networkStatusAddresses(annotations: Annotations): readonly string[] {
  const key = NETWORK_STATUS_ANNOTATIONS.find((name) => annotations[name] !== undefined);
  if (key === undefined) return NONE;
  const all = objects(parseJson(annotations[key])).flatMap(({ ips }) => strings(ips));
  return all.slice(0, MAX_STATUS_ADDRESSES);
}

/** Subnets of the default network; those of other networks may overlap. */
function ovnSubnets(annotations: Annotations): readonly string[] {
  return textsIn(asObject(parseJson(annotations[OVN_NODE_SUBNETS_ANNOTATION])).default);
}

/** Removes prefix lengths. */
function addressesIn(annotations: Annotations, keys: readonly string[]): readonly string[] {
  return keys.flatMap((key) => textsIn(annotations[key])).map((text) => text.replace(/\/\d+$/, ""));
}

function managementPort(subnet: string): string[] {
  const words = new Int32Array(ADDRESS_WORDS);
  if (!parseAddressInto(subnet.replace(/\/\d+$/, ""), words, 0)) return [];
  words[ADDRESS_WORDS - 1] = (words[ADDRESS_WORDS - 1] ?? 0) + OVN_MANAGEMENT_PORT;
  return [addressText(words, 0)];
}

/** All strings in a value, which may be JSON. */
function textsIn(value: unknown, depth = 0): string[] {
  if (typeof value === "string") {
    const inner = depth === 0 ? parseJson(value) : null;
    return inner === null ? value.split(",").map((text) => text.trim()) : textsIn(inner, depth + 1);
  }
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return [];
  return Object.values(value).flatMap((member) => textsIn(member, depth + 1));
}

/** Null if the value is not a JSON object or array. */
function parseJson(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return null;
  try {
    return JSON.parse(value);
  } catch {
    return null;
  }
}
