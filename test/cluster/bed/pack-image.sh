#!/usr/bin/env bash
# Packs one static program as an image, which `ctr images import` reads.
# Usage: pack-image.sh NAME:TAG PROGRAM ARCHIVE [ENTRYPOINT-ARGUMENT…]
set -euo pipefail
name=$1 program=$2 archive=$3
shift 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

binary=$(basename "$program")
install -D -m 755 "$program" "$work/root/bin/$binary"
mkdir -p -m 1777 "$work/root/tmp"
tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$work/root" -cf "$work/layer.tar" .
entrypoint=$(printf ',"%s"' "/bin/$binary" "$@")
architecture=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
digest=$(sha256sum "$work/layer.tar" | cut -d' ' -f1)
printf '{"architecture":"%s","os":"linux","config":{"Entrypoint":[%s]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
  "$architecture" "${entrypoint:1}" "$digest" >"$work/config.json"
printf '[{"Config":"config.json","RepoTags":["%s"],"Layers":["layer.tar"]}]' "$name" >"$work/manifest.json"
tar -C "$work" -cf "$archive" manifest.json config.json layer.tar
