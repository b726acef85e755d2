# Read by build-image.sh and release-dry-run.sh: buildah's storage, and base images in it, as those that the Dockerfile names
# but made of Debian's and npm's packages, so that no registry is needed. Bases are kept until this file changes.
set -euo pipefail

case $(uname -m) in
  x86_64) own_arch=amd64 ;;
  aarch64) own_arch=arm64 ;;
  *) fail "builds on amd64 and arm64, and this is $(uname -m)" ;;
esac
cache=${XDG_CACHE_HOME:-$HOME/.cache}/wirespan/image
mkdir -p "$cache"
in_storage() { buildah --root "$cache/storage" --runroot "$cache/run" --storage-driver overlay "$@"; }
image_exists() { in_storage inspect --type image "$1" >/dev/null 2>&1; }

bases_key=$(sha256sum <"${BASH_SOURCE[0]}" | cut -c1-12)
debian=bookworm

# Makes the three bases of an image for $arch where they are not there yet, in $work, and sets build_base, node_base,
# runtime_base.
ensure_bases() {
  build_base=localhost/wirespan-build-base-$own_arch:$bases_key
  node_base=localhost/wirespan-node-base-$arch:$bases_key
  runtime_base=localhost/wirespan-runtime-base-$arch:$bases_key
  [[ $arch != "$own_arch" ]] || node_base=$build_base
  ensure_base "$build_base" make_build_base "Debian $debian with Node and npm, 40 s, once"
  ensure_base "$node_base" make_node_base "Node for $arch, 10 s, once"
  ensure_base "$runtime_base" make_runtime_base "Debian's libraries for $arch, 10 s, once"
}

ensure_base() {
  ! image_exists "$1" || return 0
  say "making ${1%:*}: $3"
  "$2" "$work/base"
  rm -rf "$work/base"
  # Debian may have updated a package since they were built: they could not be built again.
  rm -f "$cache"/wirespan-*.tar
}

# As docker.io/library/node:24-bookworm-slim.
make_build_base() {
  local root=$1 certificates=/etc/ssl/certs/ca-certificates.crt npm
  mmdebstrap --quiet --variant=minbase --include=ca-certificates "$debian" "$root" >&2
  # The Debian image lists its archives in the newer form.
  awk '{ print "Types: deb\nURIs: " $2 "\nSuites: " $3 "\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n" }' \
    "$root/etc/apt/sources.list" >"$root/etc/apt/sources.list.d/debian.sources"
  rm "$root/etc/apt/sources.list"
  unpack_node "$own_arch" "$root"
  npm=/usr/local/lib/node_modules/npm
  unpack_npm_package npm@11 "$root$npm"
  chmod +x "$root$npm"/bin/np?-cli.js
  ln -s "$npm/bin/npm-cli.js" "$root/usr/local/bin/npm"
  ln -s "$npm/bin/npx-cli.js" "$root/usr/local/bin/npx"
  # This machine's way to the npm registry, a proxy with a certificate of its own too.
  [[ ! -e $certificates ]] || cp "$certificates" "$root$certificates"
  commit_base "$build_base" "$own_arch" "$root" --env "NODE_EXTRA_CA_CERTS=$certificates" \
    --env "npm_config_registry=$(npm config get registry)" --env npm_config_update_notifier=false
}

# Of the image of another platform only /usr/local is used.
make_node_base() {
  unpack_node "$arch" "$1"
  commit_base "$node_base" "$arch" "$1"
}

# As gcr.io/distroless/cc-debian12:nonroot: Debian's packages unpacked, not installed, and the record of each.
make_runtime_base() {
  local root=$1 debs=$work/debs deb record
  local packages=(base-files gcc-12-base libc6 libgcc-s1 libgomp1 libssl3 libstdc++6 netbase tzdata)
  local list=${packages[*]}
  mkdir "$debs"
  # mmdebstrap fetches for any architecture, what they depend on too.
  mmdebstrap --quiet --architectures="$arch" --variant=extract --format=null --include="${list// /,}" \
    --extract-hook="cp \"\$1\"/var/cache/apt/archives/*.deb '$debs'" "$debian" /dev/null >&2
  mkdir -p "$root"/{etc/ssl/certs,home/nonroot,tmp,var/lib/dpkg/status.d}
  for deb in "${packages[@]/%/_*.deb}"; do
    dpkg-deb --extract "$debs"/$deb "$root"
    record=$(dpkg-deb --field "$debs"/$deb)
    echo "$record" >"$root/var/lib/dpkg/status.d/${deb%%_*}"
  done
  find "$root"/usr/share/doc -type f ! -name copyright -delete
  printf '%s\n' root:x:0:0:root:/root:/sbin/nologin nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin >"$root/etc/passwd"
  printf '%s\n' root:x:0: nonroot:x:65532: >"$root/etc/group"
  rm -rf "$debs"
  commit_base "$runtime_base" "$arch" "$root" --user 65532 --workingdir /home/nonroot
}

# unpack_node ARCH ROOT: Node as its own images have it, below /usr/local.
unpack_node() {
  local platform=$1
  [[ $platform == arm64 ]] || platform=x64
  unpack_npm_package "node-linux-$platform@24" "$2/usr/local"
}

# unpack_npm_package PACKAGE FOLDER
unpack_npm_package() {
  local archive
  archive=$(cd "$work" && npm pack --silent "$1")
  mkdir -p "$2"
  tar -xzf "$work/$archive" -C "$2" --strip-components=1 --no-same-owner
  rm "$work/$archive"
}

# commit_base NAME ARCH ROOT [OPTION...]: an image of one layer.
commit_base() {
  local name=$1 platform=$2 root=$3 container
  shift 3
  container=$(in_storage from scratch)
  in_storage add --quiet "$container" "$root" / >/dev/null
  in_storage config --os linux --arch "$platform" --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@" "$container"
  in_storage commit --quiet --rm --timestamp 0 "$container" "$name" >/dev/null
}
