#!/usr/bin/env bash
# Fetches what a cluster of test/cluster takes from Debian: containerd, the CNI plugins and a static busybox are unpacked
# outside the work tree, so that no service starts; the tools of the machine are installed. Prints the folder of the
# unpacked programs as the last line on stdout. Running it again changes nothing. Debian and Ubuntu.
set -euo pipefail

cache_dir=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/wirespan
unpacked=$cache_dir/cluster-debian
PATH=$PATH:/usr/sbin:/sbin

say() { echo "setup-cluster: $*" >&2; }
fail() {
  say "$*"
  exit 1
}

missing=()
need() { command -v "$1" >/dev/null || missing+=("$2"); }
need ip iproute2
need iptables iptables
need mount mount
need nft nftables
need nsenter util-linux
need openssl openssl
need runc runc
command -v apt-get >/dev/null || fail "this is not Debian: the cluster's containerd and CNI plugins come as Debian packages"
if ((${#missing[@]} > 0)); then
  ((EUID == 0)) || fail "needs root to install: ${missing[*]}; run it with sudo"
  say "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null 2>&1 || {
    apt-get update -qq >&2
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
  }
fi

if [[ ! -d $unpacked ]]; then
  mkdir -p "$cache_dir"
  partial=$(mktemp -d "$cache_dir/cluster-fetching.XXXXXX")
  trap 'rm -rf "$partial"' EXIT
  packages=(containerd containernetworking-plugins busybox-static)
  say "fetching Debian's ${packages[*]} into $unpacked (35 MB), once"
  cd "$partial"
  apt-get download "${packages[@]}" >/dev/null 2>&1 || {
    # The lists of packages may be old or not there at all.
    apt-get update -qq >&2 || fail "the package lists are out of date: run 'apt-get update' as root and start again"
    apt-get download "${packages[@]}" >&2 || fail "apt-get could not fetch ${packages[*]}: fix the problem above and run this again"
  }
  for package in ./*.deb; do dpkg -x "$package" unpacked; done
  # Another run may have been faster: its result is as good.
  mv -T unpacked "$unpacked" 2>/dev/null || [[ -d $unpacked ]]
fi
echo "$unpacked"
