#!/bin/sh
# Installs what the laboratory (test/lab) requires in addition to Node: network namespaces, rules, a DNS server, a capture program.
# Running it again changes nothing. Debian and Ubuntu.
set -eu

packages=""
need() { command -v "$1" >/dev/null 2>&1 || packages="$packages $2"; }
PATH="$PATH:/usr/sbin:/sbin"
need ip iproute2
need nft nftables
need unbound unbound
need tcpdump tcpdump

if [ -z "$packages" ]; then
  echo "setup-lab: ip, nft, unbound and tcpdump are there" >&2
  exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "setup-lab: needs root to install:$packages; run it with sudo" >&2
  exit 1
fi

# The laboratory starts its own unbound in its own namespaces; the package must not start one on this machine.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi
echo "setup-lab: installing$packages" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get install -y -qq --no-install-recommends $packages >&2 2>/dev/null || {
  apt-get update -qq >&2
  apt-get install -y -qq --no-install-recommends $packages >&2
}
