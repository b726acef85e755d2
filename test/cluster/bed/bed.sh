#!/usr/bin/env bash
# The first process of a bed, in network, mount, process, uts and ipc namespaces of its own: when it ends, the kernel ends
# all other processes of the bed, and removes their mounts, links and addresses.
# Usage: bed.sh NODES     in the environment: BED (name), STATE (folder), KUBERNETES, DEBIAN (programs), NETWORK, PROXY_MODE, POD_ADDRESSES
set -euo pipefail
cd "$(dirname "$0")"
. ./addresses.sh
certificates=$STATE/certificates

# supervise NAME COMMAND…: starts it again whenever it ends, as a service manager does.
supervise() {
  local name=$1
  shift
  while :; do
    "$@" >>"$STATE/log/$name.log" 2>&1 &
    echo $! >"$STATE/pids/$name"
    wait $! || true
    sleep 0.2
  done &
}

hostname "$BED"
# Names of network namespaces, locks and sockets are the bed's own.
mount -t tmpfs bed /run
ip link set lo up
for setting in ipv4.ip_forward=1 ipv6.conf.all.forwarding=1 ipv6.conf.default.accept_dad=0 ipv6.conf.all.disable_ipv6=0; do
  sysctl -qw "net.$setting"
done
ip link add br0 type bridge
ip link set br0 up
ip address add "$api_address/24" dev br0
ip address add fd00:10:99::1/64 dev br0 nodad
for address in $outside_addresses; do ip address add "$address" dev lo; done
ip route add blackhole "$silent_range"

etcd_url=http://127.0.0.1:2379
supervise etcd "$KUBERNETES/etcd" --data-dir="$STATE/etcd" --unsafe-no-fsync --log-level=warn --listen-client-urls=$etcd_url \
  --advertise-client-urls=$etcd_url
supervise kube-apiserver "$KUBERNETES/kube-apiserver" --etcd-servers=$etcd_url --advertise-address=$api_address \
  --service-cluster-ip-range=$service_range --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction \
  --allow-privileged=true --kubelet-preferred-address-types=InternalIP \
  --client-ca-file="$certificates/ca.crt" --tls-cert-file="$certificates/apiserver.crt" --tls-private-key-file="$certificates/apiserver.key" \
  --kubelet-client-certificate="$certificates/kubelet-client.crt" --kubelet-client-key="$certificates/kubelet-client.key" \
  --service-account-issuer=https://kubernetes.default.svc.cluster.local \
  --service-account-key-file="$certificates/service-accounts.pub" --service-account-signing-key-file="$certificates/service-accounts.key"
# Pod ranges are in each node's CNI configuration. Its own limit of requests would cost 5 s at the start.
supervise kube-controller-manager "$KUBERNETES/kube-controller-manager" --kubeconfig="$certificates/controller-manager.kubeconfig" \
  --controllers='*,-node-ipam-controller' --kube-api-qps=500 --kube-api-burst=1000 --leader-elect=false --use-service-account-credentials \
  --service-account-private-key-file="$certificates/service-accounts.key" --root-ca-file="$certificates/ca.crt"
supervise kube-scheduler "$KUBERNETES/kube-scheduler" --kubeconfig="$certificates/scheduler.kubeconfig" --kube-api-qps=500 \
  --kube-api-burst=1000 --leader-elect=false
for ((i = 1; i <= $1; i++)); do bash ./add-node.sh "$i"; done
ip route add $balancer_range via "$(node_address 1)"
wait
