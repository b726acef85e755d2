#!/bin/sh
# Starts the command line. V8 reads the size of the young generation only at its start, so these options cannot be set
# from JavaScript, and not every env(1) splits options in a shebang. docs/decisions/0010-keep-the-program-small.md
set -eu
exec node --max-semi-space-size=4 --heap-growing-percent=50 "$(dirname "$(readlink -f "$0")")/cli.js" "$@"
