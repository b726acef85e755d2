#!/usr/bin/env bash
# Runs every step of a release but the last one, the page on GitHub: with the real BuildKit, cosign and Helm, against a
# registry on this machine, signed with a key made for it, in a copy of the checkout in which the change log names the version.
# Then it pulls what was published, and holds it against what was to be. Publishes nothing, and leaves nothing but caches.
# Needs root, Go, and what setup.sh and setup-image.sh install; builds BuildKit and cosign the first time (about ten minutes).
# Usage: scripts/release-dry-run.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD

say() { echo "release-dry-run: $*" >&2; }
fail() { say "$*"; exit 1; }
((EUID == 0)) || fail "runs BuildKit, which makes containers: run it as root"

bash scripts/setup.sh
sh scripts/setup-image.sh
. scripts/image/local-bases.sh
program() { echo "$(bash "$root/scripts/build-server.sh" "$1")/${2:-$1}"; }
buildkitd=$(program buildkit buildkitd) buildx_program=$(program buildx) crane=$(program crane) cosign=$(program cosign)
PATH=$(dirname "$(program helm-4 helm)"):$PATH

work=$(mktemp -d "$cache/release.XXXXXX")
started=()
finish() {
  local pid
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap finish EXIT
wait_for() {
  local attempt
  for attempt in {1..150}; do "${@:2}" >/dev/null 2>&1 && return || sleep 0.2; done
  cat "$work/$1.log" >&2
  fail "$1 does not start: see above"
}

port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
export REGISTRY=127.0.0.1:$port
mkdir "$work/registry"
"$crane" registry serve --address "$REGISTRY" --disk "$work/registry" >"$work/registry.log" 2>&1 &
started+=($!)
printf '[registry."%s"]\n  http = true\n' "$REGISTRY" >"$work/buildkitd.toml"
"$buildkitd" --config "$work/buildkitd.toml" --addr "unix://$work/buildkitd.sock" --root "$work/buildkitd" \
  --oci-worker-net host --containerd-worker=false >"$work/buildkitd.log" 2>&1 &
started+=($!)
wait_for registry "$crane" catalog "$REGISTRY"
export BUILDX_CONFIG=$work/buildx
wait_for buildkitd "$buildx_program" create --name dry-run --driver remote "unix://$work/buildkitd.sock" --use

say "pushing base images to $REGISTRY"
exec 9>"$cache/lock"
flock 9
node_bases=() runtime_bases=()
for arch in amd64 arm64; do
  ensure_bases
  for base in "$node_base" "$runtime_base"; do
    in_storage push --quiet --tls-verify=false "$base" "docker://$REGISTRY/${base#localhost/}"
  done
  node_bases+=(--manifest "$REGISTRY/${node_base#localhost/}") runtime_bases+=(--manifest "$REGISTRY/${runtime_base#localhost/}")
done
flock -u 9
export BUILD_BASE=$REGISTRY/node:24 RUNTIME_BASE=$REGISTRY/runtime:12
"$crane" index append "${node_bases[@]}" --tag "$BUILD_BASE" 2>/dev/null
"$crane" index append "${runtime_bases[@]}" --tag "$RUNTIME_BASE" 2>/dev/null

version=$(node -p 'require("./package.json").version')
mkdir "$work/checkout"
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$work/checkout"
cp -r .git dist "$work/checkout" 2>/dev/null
ln -s "$root/node_modules" "$work/checkout/node_modules"
cd "$work/checkout"
grep -q "^## \[$version\]" CHANGELOG.md || sed -i "s/^## \[Unreleased\]/&\n\n## [$version] - 1970-01-01/" CHANGELOG.md

export RELEASE_TAG=v$version REPOSITORY=example/wirespan OUT=$work/out BUILDX=$buildx_program COSIGN_PASSWORD=""
export HELM_PUSH_ARGUMENTS=--plain-http NPM_PUBLISH_ARGUMENTS=--dry-run
(cd "$work" && "$cosign" generate-key-pair >/dev/null 2>&1)
export COSIGN_ARGUMENTS="--yes --key $work/cosign.key --tlog-upload=false"
for step in check image chart manifest npm; do
  say "step $step"
  bash scripts/release.sh "$step"
done

say "pulling what was published"
image=$REGISTRY/wirespan/wirespan:$version
digest=$("$crane" digest "$image")
# verify COMMAND REFERENCE [OPTION...], by the key alone: there is no transparency log here.
verify() {
  "$cosign" "$1" --key "$work/cosign.pub" --insecure-ignore-tlog --private-infrastructure "${@:3}" "$2" >"$work/verify.log" 2>&1 ||
    { cat "$work/verify.log" >&2; fail "cosign $1 does not accept $2"; }
}
verify verify "${image%:*}@$digest"
platforms=$("$crane" manifest "$image" | node -p 'JSON.parse(fs.readFileSync(0)).manifests.map(({ digest, platform, annotations = {} }) =>
  `${digest} ${annotations["vnd.docker.reference.type"] ?? `${platform.os}/${platform.architecture}`}`).join("\n")')
say "$image $digest has"$'\n'"$platforms"
[[ $(cut -d' ' -f2 <<<"$platforms" | sort | tr '\n' ' ') == "attestation-manifest attestation-manifest linux/amd64 linux/arm64 " ]] ||
  fail "these are not two platforms with their provenance"
while read -r of platform; do
  [[ $platform == linux/* ]] || continue
  verify verify "${image%:*}@$of"
  verify verify-attestation "${image%:*}@$of" --type spdxjson
done <<<"$platforms"
chart=$REGISTRY/wirespan/charts/wirespan
chart_version=$(sed -n 's/^version: //p' charts/wirespan/Chart.yaml)
verify verify "$chart@$("$crane" digest "$chart:$chart_version")"
mkdir "$work/pulled"
helm pull "oci://$chart" --version "$chart_version" --plain-http --destination "$work/pulled" >&2
helm template wirespan "$work/pulled/wirespan-$chart_version.tgz" | grep -q "image: .*ghcr.io/wirespan/wirespan:$version" ||
  fail "the chart names another image"
grep -q 'pod-security.kubernetes.io/enforce: privileged' "$OUT/wirespan.yaml" || fail "the manifest has no namespace"
say "image, chart, manifest and npm package are as they should be; the step 'page' needs GitHub and was not run"
