import type { LabCluster, LabNode } from "../cluster/cluster-plan.ts";

const TUNNEL = "flannel.1";
const tunnelMac = (node: LabNode): string => `0e:00:00:00:01:${(node.index + 16).toString(16)}`;

/** Lines for `ip -batch` with the routes to pods of other nodes: plain routes, or a VXLAN with static neighbors, like flannel. */
export function toOtherNodes(cluster: LabCluster, node: LabNode): string[] {
  const others = cluster.nodes.filter((other) => other !== node);
  if (cluster.overlay === "host-gw") {
    return others.flatMap((other) => [
      `route add ${other.podCidr.v4} via ${other.address.v4}`,
      `route add ${other.podCidr.v6} via ${other.address.v6}`,
    ]);
  }
  return [
    `link add ${TUNNEL} address ${tunnelMac(node)} type vxlan id 1 dev eth0 local ${node.address.v4} dstport 8472 nolearning`,
    `link set ${TUNNEL} up`,
    `addr add ${node.tunnel.v4}/32 dev ${TUNNEL}`,
    `addr add ${node.tunnel.v6}/128 dev ${TUNNEL} nodad`,
    ...others.flatMap((other) => [
      `neigh add ${other.tunnel.v4} lladdr ${tunnelMac(other)} dev ${TUNNEL} nud permanent`,
      `neigh add ${other.tunnel.v6} lladdr ${tunnelMac(other)} dev ${TUNNEL} nud permanent`,
      `route add ${other.podCidr.v4} via ${other.tunnel.v4} dev ${TUNNEL} onlink`,
      `route add ${other.podCidr.v6} via ${other.tunnel.v6} dev ${TUNNEL} onlink`,
    ]),
  ];
}

/** Lines for `bridge -batch`: which node a VXLAN neighbour lives on. */
export function tunnelNeighbours(cluster: LabCluster, node: LabNode): string[] {
  if (cluster.overlay !== "vxlan") return [];
  return cluster.nodes
    .filter((other) => other !== node)
    .map((other) => `fdb append ${tunnelMac(other)} dev ${TUNNEL} dst ${other.address.v4}`);
}
