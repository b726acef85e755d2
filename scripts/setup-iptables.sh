#!/bin/sh
# Fetches Debian's iptables (the legacy one) and ipset, with which kube-router enforces network policies in the laboratory, and prints
# the folder of their programs as the last line on stdout. They are unpacked outside the work tree and not installed: the
# machine's own rules stay as they are, and root is not needed. Running it again changes nothing. Debian and Ubuntu; elsewhere
# an iptables-legacy and an ipset in PATH are taken.
set -eu

cache_dir=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/wirespan
unpacked=$cache_dir/iptables-debian
PATH=$PATH:/usr/sbin:/sbin

say() { echo "setup-iptables: $*" >&2; }
fail() {
  say "$*"
  exit 1
}

# One program under the names that kube-router starts. $1: folder of the links; $2: the program; $3: ipset
link_programs() {
  mkdir -p "$1"
  for name in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do ln -sf "$2" "$1/$name"; done
  ln -sf "$3" "$1/ipset"
}

if [ ! -x "$unpacked/bin/iptables" ]; then
  mkdir -p "$cache_dir"
  partial=$(mktemp -d "$cache_dir/iptables-fetching.XXXXXX")
  trap 'rm -rf "$partial"' EXIT
  if command -v apt-get >/dev/null 2>&1; then
    packages="iptables ipset libipset13 libip4tc2 libip6tc2 libxtables12"
    say "fetching Debian's iptables and ipset into $unpacked (4 MB), once"
    cd "$partial"
    # shellcheck disable=SC2086
    apt-get download $packages >/dev/null 2>&1 || {
      # The lists of packages may be old or not there at all; only root may bring them up to date.
      sudo=""
      [ "$(id -u)" -eq 0 ] || sudo="sudo -n"
      $sudo apt-get update -qq >&2 || fail "the package lists are out of date: run 'apt-get update' as root and start again"
      # shellcheck disable=SC2086
      apt-get download $packages >&2 || fail "apt-get could not fetch $packages: fix the problem above and run this again"
    }
    for package in ./*.deb; do dpkg -x "$package" unpacked; done
    cd unpacked
    # The folder of an architecture, under one name.
    ln -s "$(dirname usr/lib/*/xtables)" lib
    ln -s "$(dirname usr/lib/*/xtables)/xtables" xtables
    link_programs bin ../usr/sbin/xtables-legacy-multi ../usr/sbin/ipset
  else
    legacy=$(command -v xtables-legacy-multi) && ipset=$(command -v ipset) ||
      fail "no iptables-legacy or no ipset, and this is not Debian: put xtables-legacy-multi and ipset into PATH"
    link_programs "$partial/unpacked/bin" "$legacy" "$ipset"
  fi
  # Another run may have been faster: its result is as good.
  mv -T "$partial/unpacked" "$unpacked" 2>/dev/null || [ -x "$unpacked/bin/iptables" ]
fi
echo "$unpacked"
