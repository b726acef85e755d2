#!/usr/bin/env bash
# Makes a checkout ready on a machine that has Node and npm: Debian packages, npm packages with pcap's native build,
# compiled output in dist/. Does only what is missing, so that every other script may begin with it.
# Usage: scripts/setup.sh [COMMAND...]    COMMANDs to install too, such as tcpdump or ip
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin

say() { echo "setup: $*" >&2; }
fail() { say "$*"; exit 1; }

# Whether node_modules holds what package-lock.json asks for, and the native binding loads in this Node.
node_modules_ready() {
  node -e '
    const wanted = require("./package-lock.json").packages, there = require("./node_modules/.package-lock.json").packages;
    // pcap is optional for users, not here; the other optional packages are for other platforms.
    const isForOthers = (path) => wanted[path].optional && !/^node_modules\/(pcap|nan)$/.test(path);
    const isThere = (path) => path === "" || isForOthers(path) || there[path]?.version === wanted[path].version;
    if (!Object.keys(wanted).every(isThere)) process.exit(1);
    require("pcap");' 2>/dev/null
}

# Installs the Debian packages in its arguments.
install_packages() {
  command -v apt-get >/dev/null ||
    fail "missing: $*; this is not Debian, so install what these Debian packages hold and start again"
  local as_root=()
  if ((EUID != 0)); then
    sudo -n true 2>/dev/null ||
      fail "missing: $*; only root may install them: run 'apt-get update && apt-get install -y $*' as root and start again"
    as_root=(sudo -n)
  fi
  say "installing $*"
  { "${as_root[@]}" apt-get update -qq &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } >&2 ||
    fail "apt-get could not install $*: fix the problem above and start again"
}

# node-gyp downloads the headers of Node unless it gets their path; most installations of Node include them.
use_own_node_headers() {
  local prefix configured
  prefix=$(node -p 'path.resolve(fs.realpathSync(process.execPath), "../..")')
  configured=$(npm config get nodedir 2>/dev/null)
  [[ $configured == undefined || $configured == null ]] || return 0
  grep -qs "NODE_MODULE_VERSION $(node -p process.versions.modules)$" "$prefix/include/node/node_version.h" || return 0
  # npm 11 hands over only the first; the node-gyp of npm 10 reads only the second.
  export npm_package_config_node_gyp_nodedir=$prefix
  (($(npm --version | cut -d. -f1) >= 11)) || export npm_config_nodedir=$prefix
}

install_node_modules() {
  local log
  log=$(mktemp)
  use_own_node_headers
  say "installing npm packages and building the pcap binding (about 20 s)"
  npm ci --no-audit --no-fund --foreground-scripts >"$log" 2>&1 || {
    cat "$log" >&2
    fail "npm ci failed: fix the problem above and start again"
  }
  # npm ends well without an optional package whose build fails.
  if [[ ! -d node_modules/pcap ]]; then
    cat "$log" >&2
    fail "pcap's native build failed (see above); if Node's headers could not be fetched, unpack Node with its include/" \
      "folder, or run 'npm config set nodedir PREFIX' where PREFIX/include/node holds them"
  fi
  # An npm that leaves install scripts out, or a node_modules made by another Node, ends here.
  node_modules_ready || npm rebuild pcap --foreground-scripts >"$log" 2>&1 || cat "$log" >&2
  node_modules_ready || fail "the pcap binding does not load in Node $(node --version): $(node -e 'require("pcap")' 2>&1 |
    grep -m1 Error); allow its install script (npm config) and run 'npm rebuild pcap'"
  rm -f "$log"
}

[[ ${1:-} != -* ]] || fail "usage: scripts/setup.sh [COMMAND...]"
command -v node >/dev/null && command -v npm >/dev/null || fail "Node and npm are needed: install Node 20.19 or newer"
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
  fail "Node $(node --version) is too old: install Node 20.19 or newer"

missing=()
for command in "$@"; do
  command -v "$command" >/dev/null || missing+=("$([[ $command == ip ]] && echo iproute2 || echo "$command")")
done
modules_ready=true
node_modules_ready || modules_ready=false
if ! $modules_ready; then
  for command in g++ make python3; do command -v "$command" >/dev/null || missing+=("$command"); done
  g++ -fsyntax-only -include pcap.h -x c++ /dev/null 2>/dev/null || missing+=(libpcap-dev)
fi
((${#missing[@]} == 0)) || install_packages "${missing[@]}"
$modules_ready || install_node_modules

stamp=dist/.compiled
if [[ ! -e $stamp || -n $(find src test scripts package.json tsconfig.json -newer "$stamp" -print -quit) ]]; then
  say "compiling"
  started=$(mktemp)
  rm -rf dist
  npm run --silent build >&2 || fail "the sources do not compile (see above)"
  touch -r "$started" "$stamp"
  rm -f "$started"
fi
