import type { Address } from "./cluster-plan.ts";
import { PacketType, type Sighting } from "./frame-writer.ts";

/** The pod network of the node, which decides on which interfaces a packet is captured. `flat`: one copy of each. */
export type PodNetwork = "ptp" | "bridge" | "flat";

export interface Side {
  readonly address: Address;
  readonly port: number;
}

/** The ends of a flow of a client on this node, before and after NAT. */
export interface Flow {
  readonly client: Side;
  readonly dialled: Side;
  /** The client after masquerade; the client itself without. */
  readonly masqueraded: Side;
  /** The server: `dialled` after DNAT. */
  readonly server: Side;
  readonly staysOnNode: boolean;
}

function sighting(packetType: number, from: Side, to: Side): Sighting {
  return {
    packetType,
    source: from.address,
    sourcePort: from.port,
    destination: to.address,
    destinationPort: to.port,
  };
}

/**
 * Copies of one packet from the client, and of one to it, in the order in which the device `any` shows them.
 * Incoming copies are before NAT, outgoing ones after it; with a bridge, DNAT happens in the bridge.
 */
export function sightingsOf(flow: Flow, network: PodNetwork): { request: Sighting[]; reply: Sighting[] } {
  const { client, dialled, masqueraded, server, staysOnNode } = flow;
  const { incoming, otherHost, outgoing } = PacketType;
  switch (network) {
    case "flat":
      return { request: [sighting(incoming, client, dialled)], reply: [sighting(incoming, dialled, client)] };
    case "ptp":
      return {
        request: [sighting(incoming, client, dialled), sighting(outgoing, masqueraded, server)],
        reply: [sighting(incoming, server, masqueraded), sighting(outgoing, dialled, client)],
      };
    case "bridge": {
      const request = [sighting(otherHost, client, dialled)];
      const reply = [sighting(staysOnNode ? otherHost : incoming, server, masqueraded)];
      if (!staysOnNode) {
        request.push(sighting(incoming, client, server));
        reply.push(sighting(outgoing, dialled, client));
      }
      request.push(sighting(outgoing, masqueraded, server));
      reply.push(sighting(outgoing, dialled, client));
      return { request, reply };
    }
  }
}
