# A veth for each pod and no bridge, VXLAN between the nodes, addresses and masquerading as flannel has them. Sourced by
# add-node.sh and node.sh.
set -euo pipefail
cni_plugin='"type": "ptp", "mtu": 1430'

# Of node I: the addresses and the link-layer address of its end of the overlay.
overlay_address() { echo "10.244.$1.0"; }
overlay_address6() { echo "fd00:10:244:$1::"; }
overlay_mac() { echo "02:00:00:00:00:0$1"; }

# reach NETNS I: routes from there to the pods of node I.
reach() {
  local mac
  mac=$(overlay_mac "$2")
  nsenter --net="/run/netns/$1" ip -batch - <<EOF
neigh replace $(overlay_address "$2") lladdr $mac dev flannel.1 nud permanent
neigh replace $(overlay_address6 "$2") lladdr $mac dev flannel-v6.1 nud permanent
route replace $(pod_range "$2") via $(overlay_address "$2") dev flannel.1 onlink
route replace $(pod_range6 "$2") via $(overlay_address6 "$2") dev flannel-v6.1 onlink
EOF
  nsenter --net="/run/netns/$1" bridge fdb replace "$mac" dev flannel.1 dst "$(node_address "$2")"
  nsenter --net="/run/netns/$1" bridge fdb replace "$mac" dev flannel-v6.1 dst "$(node_address6 "$2")"
}

# connect_node I: to the nodes that there are.
connect_node() {
  local other
  inside ip -batch - <<EOF
link add flannel.1 address $(overlay_mac "$1") mtu 1450 type vxlan id 1 local $(node_address "$1") dev eth0 dstport 8472 nolearning
link add flannel-v6.1 address $(overlay_mac "$1") mtu 1430 type vxlan id 1 local $(node_address6 "$1") dev eth0 dstport 8472 nolearning
link set flannel.1 up
link set flannel-v6.1 up
address add $(overlay_address "$1")/32 dev flannel.1
address add $(overlay_address6 "$1")/128 dev flannel-v6.1 nodad
EOF
  for other in /run/netns/n*; do
    other=${other##*/}
    [[ $other != "n$1" ]] || continue
    reach "n$1" "${other#n}"
    reach "$other" "$1"
  done
  masquerade iptables 10.244.0.0/16 "$(pod_range "$1")" 224.0.0.0/4
  masquerade ip6tables fd00:10:244::/48 "$(pod_range6 "$1")" ff00::/8
}

# masquerade PROGRAM CLUSTER-RANGE NODE-RANGE MULTICAST: what leaves the pods' ranges, also for other nodes' addresses.
masquerade() {
  local program=$1 cluster=$2 range=$3 multicast=$4 rule
  inside "$program" -w -t nat -N FLANNEL-POSTRTG
  while read -r rule; do
    # shellcheck disable=SC2086 # words of the rule
    inside "$program" -w -t nat -A FLANNEL-POSTRTG $rule
  done <<EOF
-m mark --mark 0x4000/0x4000 -j RETURN
-s $range -d $cluster -j RETURN
-s $cluster -d $range -j RETURN
! -s $cluster -d $range -j RETURN
-s $cluster ! -d $multicast -j MASQUERADE --random-fully
! -s $cluster -d $cluster -j MASQUERADE --random-fully
EOF
  inside "$program" -w -t nat -A POSTROUTING -j FLANNEL-POSTRTG
}

# register_node I: with its IPv4 range of pods, which a controller gives to Nodes where flannel is. The agents find the IPv6
# range among the routes, as with networks that have ranges of their own.
register_node() {
  "$KUBERNETES/kubectl" --kubeconfig "$certificates/admin.kubeconfig" create -f - <<EOF
apiVersion: v1
kind: Node
metadata: { name: n$1 }
spec: { podCIDR: $(pod_range "$1"), podCIDRs: [$(pod_range "$1")] }
EOF
}
