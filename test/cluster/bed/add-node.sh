#!/usr/bin/env bash
# Connects node I to the bed and starts it. Runs in the bed's namespaces.
# Usage: add-node.sh I     in the environment: as bed.sh
set -euo pipefail
cd "$(dirname "$0")"
. ./addresses.sh
. "./network-$NETWORK.sh"
node=n$1
export NODE=$node NODE_ADDRESS=$(node_address "$1"),$(node_address6 "$1") POD_RANGE=$(pod_range "$1") POD_RANGE6=$(pod_range6 "$1")

ip netns add "$node"
inside() { nsenter --net="/run/netns/$node" "$@"; }
ip link add "$node" type veth peer name eth0 netns "$node"
ip link set "$node" master br0 up
for setting in ipv4.ip_forward=1 ipv6.conf.all.forwarding=1 ipv6.conf.default.accept_dad=0; do inside sysctl -qw "net.$setting"; done
inside ip link set lo up
inside ip link set eth0 up
inside ip address add "$(node_address "$1")/24" dev eth0
inside ip address add "$(node_address6 "$1")/64" dev eth0 nodad
inside ip route add default via $api_address
inside ip route add default via fd00:10:99::1
# Where a node-local DNS cache may listen.
inside ip address add $local_dns_address/32 dev lo

# From the machine that the bed stands for, pods are reached through their nodes.
ip route add "$POD_RANGE" via "$(node_address "$1")"
ip route add "$POD_RANGE6" via "$(node_address6 "$1")"
connect_node "$1"

inside setsid unshare --mount --uts --ipc --pid --fork --kill-child=KILL --mount-proc --propagation private \
  bash ./node.sh >"$STATE/log/$node.log" 2>&1 </dev/null &
