#!/usr/bin/env bash
# Builds a real server or tool that the tests start, from its Go modules, and prints the folder of its programs as the last
# line on stdout. Everything else goes to stderr. The programs are kept outside the work tree and built again only when the
# server's files in test/servers or the Go version change. Nothing else is written, nothing is deleted.
# Usage: scripts/build-server.sh SERVER, a folder of test/servers with a build.conf
set -euo pipefail

servers_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/../test/servers" && pwd)
server=${1:-}
source_dir=$servers_dir/$server
cache_dir=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/wirespan

say() { echo "build-server: $*" >&2; }
fail() {
  say "$*"
  exit 1
}

[ -n "$server" ] && [ -e "$source_dir/build.conf" ] ||
  fail "usage: scripts/build-server.sh SERVER, one of $(cd "$servers_dir" && printf '%s ' */build.conf | sed 's#/build.conf##g')"
# programs: NAME=PACKAGE of each program; files: MODULE:PATH of each file that is copied from a module as it is;
# costs: message on the duration; flags, ldflags: for go build.
programs=() files=() flags=() ldflags=
. "$source_dir/build.conf"

# Oldest Go that the modules need, from the one place that says it.
wanted=$(awk '$1 == "go" { print $2 }' "$source_dir/go.mod")
toolchain=$cache_dir/toolchain/golang.org/toolchain@v0.0.1-go$wanted.linux-$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')

is_at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

# Version of a Go program, without letting it fetch another one.
version_of() { GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null | sed 's/^go//'; }

go_programs() {
  command -v go || true
  ls -d /usr/local/go/bin/go /usr/lib/go-*/bin/go "$toolchain/bin/go" 2>/dev/null || true
}

# A Go that is new enough. From 1.21 on an older one fetches the toolchain that go.mod asks for by itself.
usable_go() {
  local program
  for program in $(go_programs); do
    if [ -x "$program" ] && is_at_least 1.21 "$(version_of "$program")"; then
      echo "$program"
      return
    fi
  done
}

# Debian 12 has Go 1.19: too old to build the modules, but able to fetch, and to check against the checksum database,
# the toolchain that can.
fetch_toolchain() {
  local program=$1
  say "Go $(version_of "$program") is too old: fetching Go $wanted through the Go module proxy"
  mkdir -p "$cache_dir/toolchain"
  (cd "$cache_dir/toolchain" && printf 'module fetch\n' >go.mod &&
    GOMODCACHE=$cache_dir/toolchain GOFLAGS=-modcacherw "$program" mod download "${toolchain#"$cache_dir/toolchain/"}") >&2 || return 1
  # Modules carry no executable bits and no go.mod below their root; newer Go corrects both by itself.
  find "$toolchain" -name _go.mod -execdir mv {} go.mod \;
  chmod -R +x "$toolchain/bin" "$toolchain/pkg/tool"
}

install_debian_go() {
  local as_root=()
  command -v apt-get >/dev/null || return 1
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || return 1
    as_root=(sudo -n)
  fi
  say "installing Debian's golang-go"
  { "${as_root[@]}" apt-get update -qq &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends golang-go; } >&2
}

go=$(usable_go)
if [ -z "$go" ]; then
  old=$(go_programs | head -n 1)
  [ -n "$old" ] || { install_debian_go && old=$(go_programs | head -n 1); } || true
  go=$(usable_go)
  [ -n "$go" ] || [ -z "$old" ] || { fetch_toolchain "$old" && go=$(usable_go); } || true
fi
[ -n "$go" ] || fail "needs Go $wanted to build the servers that tests start: install it from https://go.dev/dl or your distribution and put it in PATH."

# `auto`: Go fetches the toolchain that go.mod asks for only if it is too old itself.
export CGO_ENABLED=0 GOFLAGS=-mod=readonly GOTOOLCHAIN=auto
cd "$source_dir"
key=$( { "$go" version && cat ./*; } | sha256sum | cut -c1-16)
built=$cache_dir/$server-$key

if [ ! -d "$built" ]; then
  say "building $server with $("$go" version | cut -d' ' -f3) into $built: $costs, once"
  mkdir -p "$cache_dir"
  partial=$(mktemp -d "$cache_dir/$server-building.XXXXXX")
  trap 'rm -rf "$partial"' EXIT
  unfetched="if modules could not be fetched, see that GOPROXY ($("$go" env GOPROXY)) can be reached."
  for program in "${programs[@]}"; do
    "$go" build -trimpath "${flags[@]}" -ldflags="-s -w $ldflags" -o "$partial/${program%%=*}" "${program#*=}" >&2 ||
      fail "the build failed; $unfetched"
  done
  for file in "${files[@]}"; do
    "$go" mod download "${file%%:*}" >&2 || fail "the module ${file%%:*} is missing; $unfetched"
    cp "$("$go" list -m -f '{{.Dir}}' "${file%%:*}")/${file#*:}" "$partial/"
  done
  chmod -R u+w "$partial"
  # Another run may have been faster: its result is as good.
  mv -T "$partial" "$built" 2>/dev/null || [ -d "$built" ]
  say "built in $SECONDS s"
fi
echo "$built"
