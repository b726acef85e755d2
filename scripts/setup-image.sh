#!/bin/sh
# Installs what builds the image where there is no registry, and runs it: buildah, runc, and qemu for the other
# architecture. Running it again changes nothing. Debian and Ubuntu.
set -eu

packages=""
need() { command -v "$1" >/dev/null 2>&1 || packages="$packages $2"; }
PATH="$PATH:/usr/sbin:/sbin"
need buildah buildah
need mmdebstrap mmdebstrap
need qemu-aarch64-static qemu-user-static
need runc runc

if [ -z "$packages" ]; then
  echo "setup-image: buildah, mmdebstrap, qemu and runc are there" >&2
  exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "setup-image: needs root to install:$packages; run it with sudo" >&2
  exit 1
fi
echo "setup-image: installing$packages" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get install -y -qq --no-install-recommends $packages >&2 2>/dev/null || {
  apt-get update -qq >&2
  apt-get install -y -qq --no-install-recommends $packages >&2
}
