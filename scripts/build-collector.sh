#!/usr/bin/env bash
# Builds the OpenTelemetry Collector that the tests start, from its Go modules, and prints the binary's path as the
# last line on stdout. Everything else goes to stderr. The binary is kept outside the work tree and built again only
# when go.mod, go.sum, main.go or the Go version change. Nothing else is written, nothing is deleted.
set -euo pipefail

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/../test/collector/build" && pwd)
cache_dir=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/wirespan

say() { echo "build-collector: $*" >&2; }
fail() {
  say "$*"
  exit 1
}

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
  # Modules carry no executable bits and no go.mod below their root; newer Go mends both by itself.
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
[ -n "$go" ] || fail "needs Go $wanted to build the Collector that tests start: install it from https://go.dev/dl or your distribution and put it in PATH."

# `auto`: Go fetches the toolchain that go.mod asks for only if it is too old itself.
export CGO_ENABLED=0 GOFLAGS=-mod=readonly GOTOOLCHAIN=auto
cd "$source_dir"
key=$( { "$go" version && cat go.mod go.sum main.go; } | sha256sum | cut -c1-16)
binary=$cache_dir/otelcol-$key

if [ ! -x "$binary" ]; then
  say "building the Collector with $("$go" version | cut -d' ' -f3) into $binary: about three minutes and 1 GB of modules, once"
  mkdir -p "$cache_dir"
  partial=$(mktemp "$cache_dir/otelcol-building.XXXXXX")
  trap 'rm -f "$partial"' EXIT
  "$go" build -trimpath -ldflags='-s -w' -o "$partial" . >&2 ||
    fail "the build failed; if modules could not be fetched, see that GOPROXY ($("$go" env GOPROXY)) can be reached."
  mv "$partial" "$binary"
  say "built in $SECONDS s"
fi
echo "$binary"
