/**
 * Addresses that networks note in annotations: further ones of a node, ranges of its pods, further interfaces of a pod.
 * Values are one address, several with commas between them, or JSON in many shapes; what is no address is passed over.
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
const NONE: readonly string[] = [];
/** On the switch of a node the second address is that of the node's management port. */
const OVN_MANAGEMENT_PORT = 2;

/** Further addresses of a node: tunnel ends, management ports. */
export function annotatedNodeAddresses(annotations: Annotations): readonly string[] {
  return [...addressesIn(annotations, NODE_ADDRESS_ANNOTATIONS), ...ovnSubnets(annotations).flatMap(managementPort)];
}

/** Addresses of the routers that forward what comes in at a node's ports. */
export function annotatedRouterAddresses(annotations: Annotations): readonly string[] {
  return addressesIn(annotations, NODE_ROUTER_ANNOTATIONS);
}

/** Ranges of a node's pods that the node's spec does not tell. */
export function annotatedRanges(annotations: Annotations): readonly string[] {
  return [...NODE_RANGE_ANNOTATIONS.flatMap((key) => textsIn(annotations[key])), ...ovnSubnets(annotations)];
}

/**
 * Addresses of a pod's further interfaces, the first one's among them.
 * https://github.com/k8snetworkplumbingwg/multi-net-spec
 */
export function networkStatusAddresses(annotations: Annotations): readonly string[] {
  const key = NETWORK_STATUS_ANNOTATIONS.find((name) => annotations[name] !== undefined);
  return key === undefined ? NONE : objects(parseJson(annotations[key])).flatMap(({ ips }) => strings(ips));
}

/** Subnets of the default network: those of other networks may overlap. */
function ovnSubnets(annotations: Annotations): readonly string[] {
  return textsIn(asObject(parseJson(annotations[OVN_NODE_SUBNETS_ANNOTATION])).default);
}

/** Without the prefix lengths that some have. */
function addressesIn(annotations: Annotations, keys: readonly string[]): readonly string[] {
  return keys.flatMap((key) => textsIn(annotations[key])).map((text) => text.replace(/\/\d+$/, ""));
}

function managementPort(subnet: string): string[] {
  const words = new Int32Array(ADDRESS_WORDS);
  if (!parseAddressInto(subnet.replace(/\/\d+$/, ""), words, 0)) return [];
  words[ADDRESS_WORDS - 1] = (words[ADDRESS_WORDS - 1] ?? 0) + OVN_MANAGEMENT_PORT;
  return [addressText(words, 0)];
}

/** All texts in a value, which may be JSON. */
function textsIn(value: unknown, depth = 0): string[] {
  if (typeof value === "string") {
    const inner = depth === 0 ? parseJson(value) : null;
    return inner === null ? value.split(",").map((text) => text.trim()) : textsIn(inner, depth + 1);
  }
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return [];
  return Object.values(value).flatMap((member) => textsIn(member, depth + 1));
}

/** Null for what is neither an object nor a list in JSON. */
function parseJson(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return null;
  try {
    return JSON.parse(value);
  } catch {
    return null;
  }
}
