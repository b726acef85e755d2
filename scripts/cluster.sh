#!/usr/bin/env bash
# A real Kubernetes cluster of two or three nodes on this machine, without Docker (test/cluster/README.md). Everything that it
# makes is in namespaces of its own, in a folder outside the work tree, and in cgroups of its own name.
# Usage: scripts/cluster.sh up [--name NAME] [--nodes N] [--network bridge|ptp-vxlan]
#            [--proxy iptables|nftables] [--pods N] [--owner PID]
#        scripts/cluster.sh add-node [--name NAME]               one node more
#        scripts/cluster.sh kill PROGRAM [--name NAME]           ends a program of the control plane, which is started again
#        scripts/cluster.sh run [--name NAME] COMMAND…           with its network, KUBECONFIG, kubectl and helm
#        scripts/cluster.sh down [--name NAME]
#        scripts/cluster.sh list
# NAME is dev by default; by default there are 2 nodes, with 100 addresses for pods each. `up` prints the folder of the cluster as the last line on stdout. A cluster goes down with the process PID, at the latest when the next one comes up.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH=$PATH:/usr/sbin:/sbin
beds=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/wirespan/cluster

say() { echo "cluster: $*" >&2; }
fail() {
  say "$*"
  exit 1
}
usage() {
  sed -n '/^# Usage/,/^# NAME/s/^# //p' scripts/cluster.sh >&2
  exit 2
}

# Process PID and the time of its start, by which it differs from a later process of that number; nothing if it is gone.
identity() { [[ -r /proc/$1/stat ]] && echo "$1 $(sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f20)"; }
is_alive() { [[ -s $1 && $(identity "$(cut -d' ' -f1 "$1")") == "$(cat "$1")" ]]; }

command=${1:-}
(($# == 0)) || shift
name=dev nodes=2 network=bridge proxy=iptables pods=100 owner= program=
while (($# > 0)); do
  case $1 in
    --name) name=${2:?} ;;
    --nodes) nodes=${2:?} ;;
    --network) network=${2:?} ;;
    --proxy) proxy=${2:?} ;;
    --owner) owner=${2:?} ;;
    --pods) pods=${2:?} ;;
    -*) usage ;;
    *)
      [[ $command == run ]] && break
      [[ $command == kill && -z $program ]] || usage
      program=$1
      shift
      continue
      ;;
  esac
  shift 2
done
[[ $name =~ ^[a-z0-9-]{1,30}$ && $nodes =~ ^[1-9]$ && $pods =~ ^[0-9]{1,3}$ ]] || usage
[[ $network =~ ^(bridge|ptp-vxlan)$ && $proxy =~ ^(iptables|nftables)$ ]] || usage
state=$beds/$name bed=wirespan-$name
export BED=$bed STATE=$state NETWORK=$network PROXY_MODE=$proxy POD_ADDRESSES=$pods

# Everything that is left of a bed, whatever state it is in.
remove() {
  local state=$beds/$1 bed=wirespan-$1 cgroup
  if is_alive "$state/pid"; then
    kill -KILL "$(cut -d' ' -f1 "$state/pid")"
    for _ in {1..200}; do is_alive "$state/pid" && sleep 0.05 || break; done
  fi
  for cgroup in /sys/fs/cgroup/*/"$bed"-n[1-9]; do
    [[ -d $cgroup ]] || continue
    # A process that has just ended still counts for a moment.
    for _ in {1..100}; do
      find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null || true
      [[ -d $cgroup ]] && sleep 0.05 || break
    done
    [[ ! -d $cgroup ]] || fail "$cgroup is not empty: processes of the cluster $1 are left"
  done
  rm -rf --one-file-system "$state"
}

# Beds whose owner is gone.
remove_orphans() {
  local owned
  for owned in "$beds"/*/owner; do
    [[ -e $owned ]] && ! is_alive "$owned" && ! is_alive "${owned%owner}starter" || continue
    say "removing the cluster $(basename "$(dirname "$owned")"), whose owner is gone"
    remove "$(basename "$(dirname "$owned")")"
  done
}

# Processes that end meanwhile are no failure.
child_of() { awk -v parent="$1" '{ pid = $1; sub(/.*\) /, ""); if ($2 == parent) print pid }' /proc/[0-9]*/stat 2>/dev/null || true; }

check_machine() {
  local hierarchy
  [[ $(uname -s) == Linux ]] || fail "a cluster needs Linux"
  ((EUID == 0)) || fail "a cluster is made of namespaces, mounts and cgroups: run it as root"
  for hierarchy in cpu cpuset memory pids devices freezer; do
    [[ -w /sys/fs/cgroup/$hierarchy ]] ||
      fail "/sys/fs/cgroup/$hierarchy is not there or not writable: a cluster needs the hierarchies of cgroup v1"
  done
  grep -qw overlay /proc/filesystems || modprobe overlay 2>/dev/null || fail "this kernel has no overlay file system"
  unshare --net --mount --pid --fork true 2>/dev/null || fail "this machine does not let root make namespaces: is it a container?"
  mkdir -p "$beds"
  [[ $(stat -f -c %T "$beds") != tmpfs ]] || fail "$beds is on tmpfs, on which containers do not start: set XDG_CACHE_HOME"
}

find_programs() {
  DEBIAN=$(bash scripts/setup-cluster.sh)
  KUBERNETES=$(bash scripts/build-server.sh kubernetes)
  export DEBIAN KUBERNETES
}

# Images as archives in $state/images; each is localhost/NAME:bed.
provide_images() {
  mkdir -p "$state/images"
  ln "$(bash scripts/build-image.sh)" "$state/images/wirespan.oci.tar"
  local pack=test/cluster/bed/pack-image.sh
  bash $pack localhost/pause:bed "$DEBIAN/bin/busybox" "$state/images/pause.tar" sleep 2147483647
  bash $pack localhost/busybox:bed "$DEBIAN/bin/busybox" "$state/images/busybox.tar"
  bash $pack localhost/coredns:bed "$(bash scripts/build-server.sh coredns)/coredns" "$state/images/coredns.tar"
  bash $pack localhost/collector:bed "$(bash scripts/build-server.sh collector)/otelcol" "$state/images/collector.tar"
}

make_cgroups() {
  local hierarchy cgroup file
  for hierarchy in cpu cpuacct cpuset memory pids freezer blkio devices systemd; do
    cgroup=/sys/fs/cgroup/$hierarchy/$bed-$1
    [[ ! -d /sys/fs/cgroup/$hierarchy ]] || mkdir "$cgroup"
  done
  for file in cpuset.cpus cpuset.mems; do cat "/sys/fs/cgroup/cpuset/$file" >"/sys/fs/cgroup/cpuset/$bed-$1/$file"; done
}

kubectl() { nsenter --net="/proc/$(cut -d' ' -f1 "$state/pid")/ns/net" "$KUBERNETES/kubectl" --kubeconfig "$state/certificates/admin.kubeconfig" "$@"; }

# wait_for WHAT COMMAND…
wait_for() {
  local what=$1
  shift
  for _ in {1..1800}; do
    "$@" >/dev/null 2>&1 && return
    is_alive "$state/pid" || break
    sleep 0.1
  done
  tail -n 5 "$state"/log/*.log | cut -c1-300 >&2
  fail "$what is not there after three minutes: see the logs above, and in $state/log"
}

wait_for_nodes() {
  local i
  for ((i = 1; i <= $1; i++)); do wait_for "node n$i" kubectl get node "n$i"; done
  kubectl wait --for=condition=Ready node --all --timeout=180s >/dev/null || fail "not all nodes are ready: see $state/log"
}

up() {
  check_machine
  # Held until this name is taken.
  exec 9>"$beds/.lock"
  flock 9
  remove_orphans
  if is_alive "$state/pid"; then
    say "$name is up already"
    echo "$state"
    return
  fi
  ! is_alive "$state/starter" || fail "process $(cut -d' ' -f1 "$state/starter") is bringing $name up"
  remove "$name"
  mkdir -p "$state"/{log,pids}
  identity $$ >"$state/starter"
  exec 9>&-
  find_programs
  local started=$SECONDS i list=()
  chmod 755 "$state"
  echo "NETWORK=$NETWORK PROXY_MODE=$PROXY_MODE POD_ADDRESSES=$POD_ADDRESSES" >"$state/settings"
  [[ -z $owner ]] || identity "$owner" >"$state/owner"
  provide_images
  . test/cluster/bed/addresses.sh
  for ((i = 1; i <= nodes; i++)); do
    list+=("n$i")
    make_cgroups "n$i"
  done
  bash test/cluster/bed/certificates.sh "$state/certificates" "$api_url" "$api_address,$api_service_address,127.0.0.1" "${list[@]}"
  setsid unshare --net --mount --uts --ipc --pid --fork --mount-proc --propagation private \
    bash test/cluster/bed/bed.sh "$nodes" >"$state/log/bed.log" 2>&1 </dev/null &
  local outer=$! child=
  for _ in {1..100}; do
    child=$(child_of $outer)
    [[ -z $child ]] || break
    sleep 0.05
  done
  [[ -n $child ]] || fail "the bed did not start: $(cat "$state/log/bed.log")"
  identity "$child" >"$state/pid"
  wait_for "the API server" kubectl get --raw /readyz
  wait_for_nodes "$nodes"
  kubectl apply -f test/cluster/bed/coredns.yaml >/dev/null
  kubectl -n kube-system rollout status deployment/coredns --timeout=180s >/dev/null || fail "CoreDNS is not ready: see $state/log"
  say "$name is up with $nodes nodes after $((SECONDS - started)) s. Use it:  scripts/cluster.sh run --name $name kubectl get pods -A"
  echo "$state"
}

inside() { nsenter --target "$(cut -d' ' -f1 "$state/pid")" --net --mount --uts --ipc --pid "$@"; }
need_bed() { is_alive "$state/pid" || fail "$name is not up: run scripts/cluster.sh up --name $name"; }

add_node() {
  need_bed
  find_programs
  . test/cluster/bed/addresses.sh
  local i=1
  while [[ -e $state/certificates/n$i.kubeconfig ]]; do i=$((i + 1)); done
  make_cgroups "n$i"
  bash test/cluster/bed/certificates.sh "$state/certificates" "$api_url" "" "n$i"
  # As the first ones.
  . "$state/settings"
  inside setsid bash "$PWD/test/cluster/bed/add-node.sh" "$i" >"$state/log/n$i-add.log" 2>&1 </dev/null || fail "$(cat "$state/log/n$i-add.log")"
  wait_for_nodes "$i"
  say "n$i is ready"
}

case $command in
  up) up ;;
  down)
    ((EUID == 0)) || fail "run it as root, as you did up"
    remove "$name"
    ;;
  add-node) add_node ;;
  kill)
    need_bed
    [[ -e $state/pids/$program ]] || fail "the control plane has no $program, but: $(ls "$state/pids" | tr '\n' ' ')"
    inside sh -c "kill -KILL $(cat "$state/pids/$program")"
    ;;
  run)
    need_bed
    (($# > 0)) || usage
    export KUBECONFIG=$state/certificates/admin.kubeconfig
    PATH=$(bash scripts/build-server.sh kubernetes):$(bash scripts/build-server.sh helm-4):$PATH
    export PATH
    exec nsenter --net="/proc/$(cut -d' ' -f1 "$state/pid")/ns/net" "$@"
    ;;
  list) for one in "$beds"/*/pid; do ! is_alive "$one" || basename "$(dirname "$one")"; done ;;
  *) usage ;;
esac
