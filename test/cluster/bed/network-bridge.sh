# Pods on a bridge, routes between the nodes. Sourced by add-node.sh and node.sh.
set -euo pipefail
cni_plugin='"type": "bridge", "bridge": "cni0", "isGateway": true, "hairpinMode": true'

# connect_node I: to the nodes that there are.
connect_node() {
  local other j
  for other in /run/netns/n*; do
    j=${other##*/n}
    [[ $j != "$1" ]] || continue
    inside ip route add "$(pod_range "$j")" via "$(node_address "$j")"
    inside ip route add "$(pod_range6 "$j")" via "$(node_address6 "$j")"
    nsenter --net="$other" ip route add "$(pod_range "$1")" via "$(node_address "$1")"
    nsenter --net="$other" ip route add "$(pod_range6 "$1")" via "$(node_address6 "$1")"
  done
  # As an ip-masq-agent does: pods leave the cluster with their node's address.
  inside iptables -w -t nat -A POSTROUTING -s 10.244.0.0/16 ! -d 10.0.0.0/8 -j MASQUERADE
  inside ip6tables -w -t nat -A POSTROUTING -s fd00:10:244::/48 ! -d fd00::/8 -j MASQUERADE
}

# The kubelet creates its Node. The API does not know the ranges of pods, as with CNIs that have their own.
register_node() { :; }
