#!/bin/sh
# Fetches Debian's Prometheus, to which the tests put Grafana's queries, and prints the folder of its programs as the last
# line on stdout. It is unpacked outside the work tree and not installed: no service starts, and root is not needed.
# Running it again changes nothing. Debian; elsewhere a prometheus and a promtool in PATH are taken.
set -eu

cache_dir=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/wirespan
programs=$cache_dir/prometheus-debian/usr/bin

say() { echo "setup-prometheus: $*" >&2; }
fail() {
  say "$*"
  exit 1
}

if [ -x "$programs/prometheus" ]; then
  echo "$programs"
  exit 0
fi
if ! command -v apt-get >/dev/null 2>&1; then
  found=$(command -v prometheus) || fail "no prometheus, and this is not Debian: put prometheus and promtool into PATH"
  dirname "$found"
  exit 0
fi

mkdir -p "$cache_dir"
partial=$(mktemp -d "$cache_dir/prometheus-fetching.XXXXXX")
trap 'rm -rf "$partial"' EXIT
cd "$partial"
say "fetching Debian's prometheus into $cache_dir/prometheus-debian (20 MB), once"
apt-get download prometheus >/dev/null 2>&1 || {
  # The lists of packages may be old or not there at all; only root may bring them up to date.
  sudo=""
  [ "$(id -u)" -eq 0 ] || sudo="sudo -n"
  $sudo apt-get update -qq >&2 || fail "the package lists are out of date: run 'apt-get update' as root and start again"
  apt-get download prometheus >&2 || fail "apt-get could not fetch prometheus: fix the problem above and start again"
}
dpkg -x ./prometheus_*.deb unpacked
# Another run may have been faster: its result is as good.
mv -T unpacked "$cache_dir/prometheus-debian" 2>/dev/null || [ -x "$programs/prometheus" ]
echo "$programs"
