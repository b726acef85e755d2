#!/usr/bin/env bash
# Set-up, build, lint, and every test: all of them on the machine's Node, the fast ones on Node 24 too, but for logic.
# Usage: scripts/test.sh           everything (`npm test`)
#        scripts/test.sh --fast    what gates a commit (`npm run check`): the fast tests, on the machine's Node only
#        scripts/test.sh --help    the other options
set -euo pipefail
cd "$(dirname "$0")/.."
commands=(tcpdump ip)
[[ " $* " == *" --fast "* ]] || commands+=(tcpreplay)
scripts/setup.sh "${commands[@]}" || { printf '\nFAILED: scripts/setup.sh\n\n0 passed, 1 failed, 0 skipped\n'; exit 1; }
exec node dist/scripts/test-run/main.js "$@"
