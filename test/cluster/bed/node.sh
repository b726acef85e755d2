#!/usr/bin/env bash
# The first process of a node, in its own namespaces: containerd, kubelet and kube-proxy.
# Usage: node.sh     in the environment: as bed.sh, and NODE, NODE_ADDRESS, POD_RANGE, POD_RANGE6
set -euo pipefail
cd "$(dirname "$0")"
. ./addresses.sh
. "./network-$NETWORK.sh"
certificates=$STATE/certificates folder=$STATE/$NODE socket=$STATE/$NODE/containerd.sock
PATH=$DEBIAN/usr/bin:$PATH

hostname "$NODE"
mount --make-rshared /
mount -t tmpfs node /run
mkdir -p "$folder"/{cni,cni-state,log,lib,lib-work,sysctls,kubelet}
# What kubelet, containerd and CNI plugins write to fixed places must not reach the machine.
mount --bind "$folder/log" /var/log
mount -t overlay -o "lowerdir=/var/lib,upperdir=$folder/lib,workdir=$folder/lib-work" lib /var/lib
# The kubelet sees the values that it wants; the machine keeps its own.
for pair in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 kernel/keys/root_maxkeys=1000000 \
  kernel/keys/root_maxbytes=25000000; do
  file=$folder/sysctls/$(tr / _ <<<"${pair%=*}")
  echo "${pair#*=}" >"$file"
  mount --bind "$file" "/proc/sys/${pair%=*}"
done
: >"$folder/resolv.conf"

# A pod ignores a new MAC address of a neighbor for a second after the last change, then sends to the old one for up to half a
# minute. Addresses are used again so soon here that servers' answers would go to pods that are gone.
cat >"$folder/cni/10-bed.conflist" <<EOF
{"cniVersion": "1.0.0", "name": "bed", "plugins": [
  {$cni_plugin, "ipMasq": false, "ipam": {
    "type": "host-local", "dataDir": "$folder/cni-state", "ranges": [
      [{"subnet": "$POD_RANGE", "rangeEnd": "${POD_RANGE%.*}.$((POD_ADDRESSES + 1))"}],
      [{"subnet": "$POD_RANGE6", "rangeEnd": "${POD_RANGE6%/*}$(printf %x $((POD_ADDRESSES + 1)))"}]],
    "routes": [{"dst": "0.0.0.0/0"}, {"dst": "::/0"}]}},
  {"type": "tuning", "sysctl": {"net.ipv4.neigh.eth0.locktime": "0"}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
EOF
cat >"$folder/containerd.toml" <<EOF
version = 2
root = "$folder/containerd"
state = "$folder/containerd-state"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs"]
[grpc]
  address = "$socket"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:bed"
  disable_apparmor = true
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$DEBIAN/usr/lib/cni"
    conf_dir = "$folder/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
EOF
cat >"$folder/kubelet.yaml" <<EOF
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $certificates/ca.crt}}
authorization: {mode: Webhook}
address: "::"
cgroupDriver: cgroupfs
cgroupRoot: /$BED-$NODE
clusterDNS: [$dns_service_address]
clusterDomain: cluster.local
resolvConf: $folder/resolv.conf
containerRuntimeEndpoint: unix://$socket
oomScoreAdj: 0
failSwapOn: false
enforceNodeAllocatable: []
evictionHard: {memory.available: "0%", nodefs.available: "0%", nodefs.inodesFree: "0%", imagefs.available: "0%"}
imageGCHighThresholdPercent: 100
nodeStatusUpdateFrequency: 5s
serializeImagePulls: false
kubeAPIQPS: 200
kubeAPIBurst: 400
allowedUnsafeSysctls: ["net.ipv4.tcp_timestamps"]
volumePluginDir: $folder/kubelet/plugins
EOF
cat >"$folder/kube-proxy.yaml" <<EOF
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: $PROXY_MODE
hostnameOverride: $NODE
clusterCIDR: 10.244.0.0/16,fd00:10:244::/48
clientConnection: {kubeconfig: $certificates/proxy.kubeconfig}
oomScoreAdj: 0
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
iptables: {minSyncPeriod: 200ms}
nftables: {minSyncPeriod: 200ms}
EOF

log() { echo "$STATE/log/$NODE-$1.log"; }
containerd --config "$folder/containerd.toml" >"$(log containerd)" 2>&1 &
ctr() { command ctr --address "$socket" --namespace k8s.io "$@"; }
until ctr version >/dev/null 2>&1; do sleep 0.1; done
# import ARCHIVE: a docker archive names its image, an OCI archive of buildah does not. containerd's garbage collector sometimes
# takes what is about to be unpacked.
import() {
  local names=()
  [[ $1 != *.oci.tar ]] || names=(--index-name "localhost/$(basename "$1" .oci.tar):bed")
  for _ in 1 2 3; do ctr images import "${names[@]}" "$1" && return; done
  return 1
}
for archive in "$STATE"/images/*; do import "$archive"; done
until "$KUBERNETES/kubectl" --kubeconfig "$certificates/$NODE.kubeconfig" get --raw /readyz >/dev/null 2>&1; do sleep 0.1; done
register_node "${NODE#n}"
"$KUBERNETES/kube-proxy" --config="$folder/kube-proxy.yaml" >"$(log kube-proxy)" 2>&1 &
"$KUBERNETES/kubelet" --config="$folder/kubelet.yaml" --kubeconfig="$certificates/$NODE.kubeconfig" --root-dir="$folder/kubelet" \
  --cert-dir="$folder/kubelet/pki" --hostname-override="$NODE" --node-ip="$NODE_ADDRESS" >"$(log kubelet)" 2>&1 &
wait
