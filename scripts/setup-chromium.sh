#!/bin/sh
# Installs Debian's Chromium, with which the tests open the HTML map.
# Running it again changes nothing. Debian; where another Chromium is at hand, set CHROMIUM to its path instead.
set -eu

if [ -x "${CHROMIUM:-/usr/bin/chromium}" ]; then
  echo "setup-chromium: ${CHROMIUM:-/usr/bin/chromium} is there" >&2
  exit 0
fi
command -v apt-get >/dev/null 2>&1 || {
  echo "setup-chromium: no chromium, and this is not Debian: install Chromium and set CHROMIUM to its path" >&2
  exit 1
}
sudo=""
if [ "$(id -u)" -ne 0 ]; then
  sudo -n true 2>/dev/null || {
    echo "setup-chromium: needs root to install chromium: run 'sudo apt-get install -y chromium' and start again" >&2
    exit 1
  }
  sudo="sudo -n"
fi
echo "setup-chromium: installing chromium" >&2
$sudo apt-get update -qq >&2
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >&2
