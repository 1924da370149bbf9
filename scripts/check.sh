#!/bin/sh
# The unit tests with the linters beside them; what the linters said comes at the end.
# usage: scripts/check.sh [pytest's arguments]
set -u
cd "$(dirname "$0")/.." || exit 1
said=$(mktemp)
trap 'rm -f "$said"' EXIT
scripts/lint.sh >"$said" 2>&1 &
lint=$!
bad=0
cores=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
.venv/bin/python -m pytest -q -n "$cores" tests/unit "$@" || bad=1
wait "$lint" || bad=1
cat "$said"
exit "$bad"
