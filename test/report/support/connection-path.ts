import fc from "fast-check";
import { Direction } from "../../../src/model/packet.ts";
import type { Place, Sight } from "../../../src/model/sight.ts";

const { unknown, incoming, outgoing } = Direction;

const pod = (node: string): Place => ({ type: "pod", node });
const host = (node: string): Place => ({ type: "node", node });
const external: Place = { type: "external" };

/**
 * A model of the path of a connection through three nodes, independent of the table: client and server, where NAT
 * happens, and what each node on the path sees before and after its NAT.
 */
export const NODES = ["a", "b", "c"] as const;
export type Node = (typeof NODES)[number];

interface Actor {
  readonly type: "pod" | "host" | "external";
  readonly node: Node;
}

export interface Route {
  readonly client: Actor;
  readonly server: Actor;
  readonly via: "direct" | "cluster-ip" | "node-port" | "load-balancer-local";
  /** Node of the dialed node port. */
  readonly entry: Node;
  readonly hasDirection: boolean;
  /** Whether the client's node joins the SYN that returns from another node's port to the SYN that it sent there. */
  readonly isJoined: boolean;
}

export interface Seen {
  readonly node: Node;
  readonly sight: Sight;
}

function placeOf(actor: Actor): Place {
  if (actor.type === "external") return external;
  return actor.type === "pod" ? pod(actor.node) : host(actor.node);
}

/** The sightings of the connection by all nodes on its path. */
export function sightsOf({ client, server, via, entry, hasDirection, isJoined }: Route): Seen[] {
  const seen: Seen[] = [];
  const destination = placeOf(server);
  const directionAt = (node: Node): Direction => {
    return client.type === "host" && client.node === node ? outgoing : incoming;
  };
  const see = (node: Node, sight: Omit<Sight, "firstDirection" | "timeMicros">, direction = directionAt(node)) => {
    seen.push({ node, sight: { ...sight, timeMicros: 0, firstDirection: hasDirection ? direction : unknown } });
  };
  let source = placeOf(client);
  if (client.type !== "external") {
    const leavesToEntry = via === "node-port" && entry !== client.node;
    const comesBack = leavesToEntry && server.type !== "external" && server.node === client.node;
    const masquerades =
      client.type === "pod" && (server.type === "external" || (via === "node-port" && entry === client.node));
    see(client.node, {
      source,
      destination: leavesToEntry && !(comesBack && isJoined) ? host(entry) : destination,
      isSourceTranslated: masquerades || (comesBack && isJoined),
    });
    if (comesBack && !isJoined) {
      see(client.node, { source: host(entry), destination, isSourceTranslated: false }, incoming);
    }
    if (masquerades) source = host(client.node);
  }
  const isEntered = via === "node-port" && (client.type === "external" || entry !== client.node);
  if (isEntered) {
    see(entry, { source, destination, isSourceTranslated: true });
    source = host(entry);
  }
  const isSeenByServer =
    server.type !== "external" && server.node !== (client.type === "external" ? null : client.node);
  if (isSeenByServer && !(isEntered && entry === server.node)) {
    see(server.node, { source, destination, isSourceTranslated: false });
  }
  return seen;
}

const node = fc.constantFrom(...NODES);
const actor = fc.record({ type: fc.constantFrom("pod", "host", "external"), node }) as fc.Arbitrary<Actor>;
/** Any connection that leaves its host and touches the cluster. */
export const route = fc
  .record({
    client: actor,
    server: actor,
    via: fc.constantFrom("direct", "cluster-ip", "node-port", "load-balancer-local"),
    entry: node,
    hasDirection: fc.boolean(),
    isJoined: fc.boolean(),
  })
  .filter(({ client, server, via }) => {
    if (client.type === "external" && (server.type === "external" || via === "cluster-ip")) return false;
    // A host process that dials its own node stays on `lo`, and a node port leads to the cluster.
    if (client.type === "host" && server.type === "host" && client.node === server.node) return false;
    return !(server.type === "external" && via !== "direct" && via !== "cluster-ip");
  }) as fc.Arbitrary<Route>;
