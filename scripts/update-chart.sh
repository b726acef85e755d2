#!/usr/bin/env bash
# Writes what the chart has of others anew: the rendered examples, by Helm 4, the table of values in its README, by
# helm-docs, and the dashboards, which Helm takes from its own folder only. The tests fail where one is not current.
# Builds both programs the first time (minutes).
# Usage: scripts/update-chart.sh
set -euo pipefail
cd "$(dirname "$0")/.."

helm=$(bash scripts/build-server.sh helm-4)/helm
helm_docs=$(bash scripts/build-server.sh helm-docs)/helm-docs
chart=charts/wirespan

cp collector-config/grafana/dashboards/*.json "$chart/files/dashboards/"
for example in "$chart"/examples/*/; do
  "$helm" template wirespan "$chart" --namespace observability --values "$example/values.yaml" >"$example/rendered.yaml"
done
"$helm_docs" --chart-search-root "$chart" --sort-values-order file --log-level warning
