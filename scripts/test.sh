#!/usr/bin/env bash
# Set-up, build, lint, and every test: all of them on the machine's Node, the fast ones on Node 24 too.
# Usage: scripts/test.sh           everything (`npm test`) but known traffic on real clusters (`npm run test:cluster`); about an
#                                  hour the first time, half an hour later
#        scripts/test.sh --fast    what gates a commit (`npm run check`): the fast tests, on the machine's Node only
set -uo pipefail
cd "$(dirname "$0")/.."
[[ ${1:-} == --fast ]] && fast=true || fast=false
# For one file of tests; a longer one hangs.
$fast && timeout_millis=180000 || timeout_millis=900000
# Tests that start real servers, a laboratory, a browser or containers.
slow='^dist/test/(collector|engines|lab|servers|api-server|consumers|image|chart-slow|install|cluster)/|browser[^/]*$'

# Of those, tests that need both processors of a small machine: forty senders with Tempo and Prometheus.
alone='^dist/test/consumers/'

# Real clusters, which wait for one another's pods more than they compute: two of them at a time, and nothing beside them.
clusters='^dist/test/cluster/'
# Of those, what npm run test:cluster runs alone: of about 1,250 connections one of a host process sometimes has no name.
apart='^dist/test/cluster/(truth|life|live-graph|collector-shapes)'

passed=0 failed=0 skipped=0
say() { printf '\n== %s\n' "$*"; }
step() {
  say "$1"
  shift
  "$@" || { failed=$((failed + 1)); echo "FAILED: $*"; return 1; }
}

# Two files at a time, unless one alone keeps the machine busy.
concurrency=2
# node:test in Node 20 accepts no patterns, and its exit code does not show how much ran: files in, totals out.
run_tests() {
  local log title=$1
  shift
  log=$(mktemp)
  say "$title"
  "$@" --test --test-concurrency="$concurrency" --test-timeout="$timeout_millis" --test-reporter=spec "${files[@]}" 2>&1 | tee "$log"
  local status=${PIPESTATUS[0]}
  total() { sed -n "s/^ℹ $1 \([0-9]*\)$/\1/p" "$log" | tail -1; }
  local broken=$(($(total fail) + $(total cancelled)))
  ((status == 0 || broken > 0)) || broken=1
  passed=$((passed + $(total pass))) failed=$((failed + broken)) skipped=$((skipped + $(total skipped)))
  rm -f "$log"
}

finish() {
  printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  exit $((failed > 0))
}

commands=(tcpdump ip)
$fast || commands+=(tcpreplay)
step "set-up" scripts/setup.sh "${commands[@]}" || finish
if ! $fast; then
  for script in setup-lab setup-chromium setup-prometheus setup-cluster setup-iptables; do step "$script.sh" bash "scripts/$script.sh" || finish; done
  for server in collector tempo kubernetes coredns helm-3 helm-4 helm-docs monitoring-crds cilium-crds cyclonus kube-router; do
    step "build-server.sh $server" scripts/build-server.sh "$server" || finish
  done
  # Before the tests, which would wait for one another.
  for architecture in amd64 arm64; do step "build-image.sh $architecture" bash scripts/build-image.sh "$architecture" || finish; done
fi
step "lint" npx --no-install biome check --error-on-warnings .

mapfile -t all < <(find dist/test -name '*.test.js' | grep -vE "$apart" | LC_ALL=C sort)
$fast || say "not among them: known traffic on real clusters, npm run test:cluster"
choose() { mapfile -t files < <(printf '%s\n' "${all[@]}" | grep "$@"); }
if $fast; then choose -vE "$slow"; else choose -vE "$alone|$clusters"; fi
run_tests "${#files[@]} test files on Node $(node --version)" node
if ! $fast; then
  choose -E "$clusters"
  run_tests "${#files[@]} test files on real clusters" node
  choose -E "$alone"
  concurrency=1 run_tests "${#files[@]} test files that fill a machine by themselves" node
  choose -vE "$slow"
  run_tests "${#files[@]} test files on Node 24" scripts/node24.sh node
fi
finish
