import { isNodeOwner } from "../inventory/addresses/address-owner.ts";
import type { ClusterIndex } from "../inventory/cluster-index.ts";
import type { ServiceRecord } from "../kubernetes/objects/kubernetes-objects.ts";
import type { Connection, Endpoint } from "../model/connection.ts";

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

/** Whether the Service takes connections there; `isNode`: at an address of a node. */
function isReachedAt(service: ServiceRecord, { address, port }: Endpoint, isNode: boolean): boolean {
  if (isNode && service.nodePorts.includes(port)) return true;
  const { clusterAddresses, balancerAddresses, claimedAddresses } = service;
  const isOwn = [clusterAddresses, balancerAddresses, claimedAddresses].some((own) => own.includes(address));
  return isOwn && service.ports.includes(port);
}
