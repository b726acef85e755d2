#!/usr/bin/env bash
# The steps of a release, as .github/workflows/release.yml runs them, one by one and in this order. RELEASING.md says what
# comes before; scripts/release-dry-run.sh runs them all against a registry on this machine.
# Usage: scripts/release.sh STEP
#   check      the tag, the versions and the change log agree
#   image      build for both platforms, hold against what is promised, push, sign, attest provenance and bill of materials
#   chart      package the chart, push and sign it
#   manifest   render the chart for kubectl
#   npm        publish the npm package
#   page       publish the release on GitHub, with the manifest and the bills of materials
# Variables: RELEASE_TAG, as v0.2.0. REPOSITORY, as owner/name on GitHub. OUT, the folder of what is made: dist/release.
#   In a dry run also REGISTRY, instead of the one in the chart's values; BUILD_BASE, RUNTIME_BASE; BUILDX, instead of
#   `docker buildx`; and arguments of others: COSIGN_ARGUMENTS, HELM_PUSH_ARGUMENTS, NPM_PUBLISH_ARGUMENTS.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { echo "release: $*" >&2; }
fail() { say "$*"; exit 1; }

chart=charts/wirespan
version=$(node -p 'require("./package.json").version')
: "${RELEASE_TAG:?names the tag, as v$version}" "${REPOSITORY:?names the repository, as owner/name}"
out=${OUT:-dist/release}
read -ra buildx <<<"${BUILDX:-docker buildx}"
read -ra cosign_arguments <<<"${COSIGN_ARGUMENTS:---yes}"
registry=${REGISTRY:-$(sed -n 's/^  registry: //p' "$chart/values.yaml")}
image=$registry/$(sed -n 's/^  repository: //p' "$chart/values.yaml")
charts=${image%/*}/charts
mkdir -p "$out"
# Created when the tagged commit was: who builds it again gets the same image.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH

program() { echo "$(bash scripts/build-server.sh "$1")/$1"; }

# The part of the change log that belongs to this version.
changes() { awk -v heading="## [$version]" 'index($0, "## [") == 1 { inside = index($0, heading) == 1; next } inside' CHANGELOG.md; }

check() {
  [[ $RELEASE_TAG == "v$version" ]] || fail "the tag is $RELEASE_TAG, but package.json has $version: tag v$version"
  grep -qx "appVersion: \"\?$version\"\?" "$chart/Chart.yaml" || fail "$chart/Chart.yaml has another appVersion than $version"
  grep -q "image: .*:$version\$" "$chart/Chart.yaml" || fail "$chart/Chart.yaml names an image of another version than $version"
  [[ -n $(changes | tr -d '[:space:]') ]] || fail "CHANGELOG.md has nothing under [$version]: rename [Unreleased]"
  say "$RELEASE_TAG, package.json, chart and change log agree"
}

# Tag and digest of a base that the Dockerfile names, or of another in the variable of that name.
pinned_base() {
  local base=${!1:-}
  [[ -n $base ]] || base=$(sed -n "s/^ARG $1=//p" Dockerfile)
  echo "$1=$base@$("${buildx[@]}" imagetools inspect --format '{{.Manifest.Digest}}' "$base")"
}

build_image() {
  local build_base runtime_base
  build_base=$(pinned_base BUILD_BASE)
  runtime_base=$(pinned_base RUNTIME_BASE)
  say "building $image:$version on $build_base and $runtime_base"
  # Labels in the image, for who inspects it; annotations on the index, for the registry's page.
  local origin=("org.opencontainers.image.source=https://github.com/$REPOSITORY" "org.opencontainers.image.version=$version"
    "org.opencontainers.image.revision=$(git rev-parse HEAD)")
  "${buildx[@]}" build --platform linux/amd64,linux/arm64 --provenance mode=max \
    --build-arg "$build_base" --build-arg "$runtime_base" --build-arg "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH" \
    "${origin[@]/#/--label=}" "${origin[@]/#/--annotation=index:}" \
    --output "type=oci,dest=$out/image.tar,rewrite-timestamp=true,compression-level=9" .
}

image() {
  local layout=$out/image digest bill
  build_image
  rm -rf "$out/sboms" "$layout"
  node dist/scripts/image/check-image.js --archive "$out/image.tar" --sboms "$out/sboms"
  # What was checked is what is pushed, to the byte.
  mkdir "$layout"
  tar -xf "$out/image.tar" -C "$layout"
  "$(program crane)" push "$layout" "$image:$version"
  digest=$("$(program crane)" digest "$image:$version")
  "$(program cosign)" sign "${cosign_arguments[@]}" --recursive "$image@$digest"
  for bill in "$out"/sboms/*.spdx.json; do
    digest=$(basename "$bill" .spdx.json)
    "$(program cosign)" attest "${cosign_arguments[@]}" --type spdxjson --predicate "$bill" "$image@${digest/-/:}"
  done
}

chart() {
  local pushed
  helm package "$chart" --destination "$out" >&2
  pushed=$(helm push "$out/wirespan-$(sed -n 's/^version: //p' "$chart/Chart.yaml").tgz" "oci://$charts" ${HELM_PUSH_ARGUMENTS:-} 2>&1)
  say "$pushed"
  "$(program cosign)" sign "${cosign_arguments[@]}" "$charts/wirespan@$(sed -n 's/^Digest: //p' <<<"$pushed")"
}

manifest() {
  {
    echo "# wirespan $version, as the Helm chart renders it with the values it has. kubectl apply --server-side -f wirespan.yaml"
    echo "# The agents send to an OpenTelemetry Collector at port 4317 of their own node."
    printf '%s\n' apiVersion:\ v1 kind:\ Namespace metadata: "  name: wirespan" "  labels:" \
      "    # For hostNetwork and NET_RAW." "    pod-security.kubernetes.io/enforce: privileged"
    helm template wirespan "$chart" --namespace wirespan --no-hooks
  } >"$out/wirespan.yaml"
  say "wrote $out/wirespan.yaml"
}

npm_package() {
  # Provenance names the repository that built the package; the registry compares it with this.
  npm pkg set "repository=github:$REPOSITORY"
  if [[ -n ${NODE_AUTH_TOKEN:-} ]]; then
    npm config set --location user "//$(npm config get registry | sed 's#^https*://##'):_authToken" "\${NODE_AUTH_TOKEN}"
  fi
  npm publish --access public ${NPM_PUBLISH_ARGUMENTS:---provenance}
}

page() {
  changes >"$out/changes.md"
  gh release create "$RELEASE_TAG" --verify-tag --title "$RELEASE_TAG" --notes-file "$out/changes.md" "$out/wirespan.yaml" "$out"/sboms/*
}

case ${1:-} in
  check | image | chart | manifest | page) "$1" ;;
  npm) npm_package ;;
  *) fail "usage: scripts/release.sh check|image|chart|manifest|npm|page" ;;
esac
