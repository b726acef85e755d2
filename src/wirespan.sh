#!/bin/sh
# Starts the command line. V8 reads some of these options only at its start, so they cannot be set from JavaScript, and not
# every env(1) splits options in a shebang. docs/decisions/0010-keep-the-program-small.md, 0043-make-each-object-young.md
set -eu
# kubectl starts a plugin by its file's name: the help then shows what people type.
case ${0##*/} in kubectl-wirespan) export WIRESPAN_COMMAND="kubectl wirespan" ;; esac
exec node --max-semi-space-size=4 --heap-growing-percent=50 --no-allocation-site-pretenuring \
  "$(dirname "$(readlink -f "$0")")/cli.js" "$@"
