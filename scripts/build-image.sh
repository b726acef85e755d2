#!/usr/bin/env bash
# Builds the image from the Dockerfile, with buildah and base images of its own (image/local-bases.sh) so that no registry
# is needed, and prints the path of its OCI archive as the last line on stdout. Everything else goes to stderr.
# An archive is kept outside the work tree and made again only when something that goes into it has changed.
# Usage: scripts/build-image.sh [amd64|arm64] [--rebuild]      amd64 or arm64: by default the machine's own
#        --rebuild   compile everything again, whatever is there, into an archive of its own
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { echo "build-image: $*" >&2; }
fail() { say "$*"; exit 1; }

. scripts/image/local-bases.sh
arch=$own_arch rebuild=false
for argument in "$@"; do
  case $argument in
    amd64 | arm64) arch=$argument ;;
    --rebuild) rebuild=true ;;
    *) fail "usage: scripts/build-image.sh [amd64|arm64] [--rebuild]" ;;
  esac
done
((EUID == 0)) || fail "makes root file systems with devices and capabilities: run it as root"

created=${SOURCE_DATE_EPOCH:-0}

# What .dockerignore lets through, the Dockerfile, and how it is built.
key_of_sources() {
  { echo "$created" && find Dockerfile .dockerignore $(sed -n 's/^!//p' .dockerignore) scripts/build-image.sh scripts/image/local-bases.sh \
    -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum; } | sha256sum | cut -c1-16
}

archive=$cache/wirespan-$arch-$(key_of_sources).tar
$rebuild && archive=${archive%.tar}-rebuilt.tar
print_where_kept() {
  if [[ -e $archive ]] && ! $rebuild; then
    touch "$archive"
    echo "$archive"
    exit
  fi
}
print_where_kept

sh scripts/setup-image.sh
# One build at a time; the one before may have made it.
exec 9>"$cache/lock"
flock 9
print_where_kept
work=$(mktemp -d "$cache/work.XXXXXX")
# buildah leaves the containers of stages without a step of their own, and what it has mounted.
finish() {
  in_storage rm --all >/dev/null 2>&1 || true
  umount "$cache/storage/overlay" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
# Layers of former builds would pile up.
if (($(du -s --block-size=1G "$cache/storage" 2>/dev/null | cut -f1) > 15)); then
  say "removing layers of former builds"
  in_storage rmi --all --force >/dev/null
fi
ensure_bases

# build TAG OPTION...: shows the steps that take time, and the whole log where one fails.
build() {
  local tag=$1 log=$work/log
  shift
  in_storage build --isolation chroot --pull-never --platform "linux/$arch" --timestamp "$created" --identity-label=false --format docker --tag "$tag" \
    --build-arg "SOURCE_DATE_EPOCH=$created" --build-arg "TARGETARCH=$arch" --build-arg "BUILDPLATFORM=linux/$own_arch" \
    --build-arg "NODE_BASE=$node_base" --build-arg "RUNTIME_BASE=$runtime_base" "$@" . 2>&1 |
    tee "$log" | sed -un 's/^\[[0-9/]*\] STEP [0-9/]*: RUN \(.\{1,90\}\).*/build-image: \1 …/p' >&2 ||
    { cat "$log" >&2; fail "the image for $arch does not build: see above"; }
}

# save TAG: without its history, in which buildah names the containers that it used.
save() {
  local container
  container=$(in_storage from --pull-never "$1")
  in_storage commit --quiet --rm --omit-history --identity-label=false --timestamp "$created" --format docker "$container" "$1" >/dev/null
  in_storage push --quiet --compression-level 9 "$1" "oci-archive:$work/image.tar" >&2
}

started=$SECONDS
tools=localhost/wirespan-tools-$own_arch
if $rebuild; then
  say "building the image for $arch once more, everything but its tools: about 1 min"
  build "$tools" --layers --target tools --build-arg "BUILD_BASE=$build_base"
  build "localhost/wirespan-rebuilt-$arch" --no-cache --layers --build-arg "BUILD_BASE=$tools"
  save "localhost/wirespan-rebuilt-$arch"
  in_storage rmi "localhost/wirespan-rebuilt-$arch" >/dev/null
else
  say "building the image for $arch: about 2 min the first time, 20 s after a change"
  build "localhost/wirespan-$arch" --layers --build-arg "BUILD_BASE=$build_base"
  save "localhost/wirespan-$arch"
fi
find "$cache" -maxdepth 1 -name 'wirespan-*.tar' -mtime +1 -delete
mv "$work/image.tar" "$archive"
say "built in $((SECONDS - started)) s"
echo "$archive"
