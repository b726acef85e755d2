/**
 * What is believed of the NAT that a connection shows: sightings may lack one side of it, a pod may send packets on with
 * other addresses, and a Service may claim an address (`externalIPs`) that is not redirected to it.
 */
import { type AddressOwner, isNodeOwner, OUTSIDE } from "../inventory/addresses/address-owner.ts";
import type { ClusterIndex } from "../inventory/cluster-index.ts";
import { type Services, serviceKey } from "../inventory/services.ts";
import type { ServiceRecord } from "../kubernetes/objects/kubernetes-objects.ts";
import type { Connection, Endpoint } from "../model/connection.ts";
import type { DestinationOwners } from "./paths/connection-flow.ts";
import type { KnownPath } from "./paths/known-path.ts";

/**
 * The attempt with the answer of an endpoint of the Service that the client dialed, if such an answer decides it; else as it is.
 * With eBPF NAT between two interfaces of a node, no sighting has the endpoint's address in the SYN or the Service's
 * address in the answer.
 */
export function withEndpointAnswer(connection: Connection, index: ClusterIndex): Connection {
  const { otherAnswer = null, preNat, startMicros } = connection;
  if (otherAnswer === null) return connection;
  const { server, outcome, micros } = otherAnswer;
  const { destination } = preNat;
  const isNode = isNodeOwner(index.ownerOf(destination.address, startMicros, destination.port));
  const isEndpoint = index.services
    .behind(server.address, server.port)
    .some((service) => isReachedAt(service, destination, isNode));
  if (!isEndpoint) return connection;
  const postNat = { source: preNat.source, destination: server };
  return { ...connection, outcome, endMicros: micros, postNat, path: null, otherAnswer: null };
}

/**
 * Whether another destination follows the address of a pod. Nothing translates that but the claim of a Service: the pod itself has
 * sent the SYN on that it got, with other addresses.
 */
export function isPodAddress(dialled: AddressOwner, { preNat, postNat }: Connection, services: Services): boolean {
  if (dialled.type !== "pod") return false;
  const { address, port } = preNat.destination;
  const next = postNat.destination.address;
  if (address === next || !dialled.pod.addresses.includes(address)) return false;
  const claiming = services.claimedAt(address, port);
  return claiming === null || !services.hasEndpoint(serviceKey(claiming), next);
}

export function withoutNat(connection: Connection): Connection {
  return { ...connection, postNat: connection.preNat, path: null };
}

/**
 * The owners of the destination. A Service redirects what it claims, before anything answers there: an answer from the
 * address itself, or a redirection to it, shows that the claim is void. For a client outside it does not: what comes in for an
 * address comes to what has it here, and eBPF may redirect it unseen.
 */
export function withoutVoidClaim(path: KnownPath, { outcome }: Connection): DestinationOwners {
  const { version, owner, dialled, destination } = path;
  if (destination.type !== "service" || !destination.isClaimed || owner.type === "outside") return path;
  if (outcome !== "established" && dialled === destination) return path;
  return { version, dialled: dialled === destination ? OUTSIDE : dialled, destination: OUTSIDE };
}

/** Whether the Service takes connections there; `isNode`: at an address of a node. */
function isReachedAt(service: ServiceRecord, { address, port }: Endpoint, isNode: boolean): boolean {
  if (isNode && service.nodePorts.includes(port)) return true;
  const { clusterAddresses, balancerAddresses, claimedAddresses } = service;
  const isOwn = [clusterAddresses, balancerAddresses, claimedAddresses].some((own) => own.includes(address));
  return isOwn && service.ports.includes(port);
}
