#!/usr/bin/env bash
# The main job on the recording that the repository ships: a small shop on a cluster made of network namespaces.
# Writes map.svg and map.html, prints the edges as a table and the number of span pairs; sends them where
# OTEL_EXPORTER_OTLP_ENDPOINT says, if it does.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh

recording=test/lab/recording
input=(--cluster "$recording/cluster.json" --events "$recording/events.jsonl")
nodes=$(node -p 'require("./'"$recording"'/lab.json").nodesWithAgent.join(" ")')
for node in $nodes; do input+=(--capture "$node=$recording/$node.pcap"); done
input+=(--agents "${nodes// /,}")

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
wirespan() { dist/bin/wirespan replay "${input[@]}" "$@"; }
# Says what it says only where it fails.
quietly() { "$@" 2>"$scratch/stderr" || { cat "$scratch/stderr" >&2; return 1; }; }

quietly wirespan --format svg -o map.svg
quietly wirespan --format html -o map.html
send=()
[[ -z ${OTEL_EXPORTER_OTLP_ENDPOINT:-} ]] || send=(--otlp)
status=0
wirespan --format table --stats "$scratch/stats" "${send[@]}" || status=$?

pairs() { node -p 'JSON.parse(fs.readFileSync(process.argv[1])).pairs[process.argv[2]]' "$scratch/stats" "$1"; }
[[ -e $scratch/stats ]] || exit "$status"
echo
if [[ -n ${OTEL_EXPORTER_OTLP_ENDPOINT:-} ]]; then
  echo "$(pairs made) span pairs, $(pairs sent) of them accepted by the Collector at $OTEL_EXPORTER_OTLP_ENDPOINT"
else
  echo "$(pairs made) span pairs; set OTEL_EXPORTER_OTLP_ENDPOINT to send them to a Collector"
fi
echo "map.svg and map.html show the same graph; open map.html in a browser"
exit "$status"
