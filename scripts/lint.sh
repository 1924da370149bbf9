#!/bin/sh
# Every linter, to the end: all that is wrong is shown in one run.
set -u
cd "$(dirname "$0")/.." || exit 1
bad=0
try() {
  echo "lint: $*" >&2
  "$@" || bad=1
}
try .venv/bin/ruff check .
try .venv/bin/ruff format --check --quiet .
try .venv/bin/mypy
[ -e "${TF_CLI_CONFIG_FILE:-/}" ] || unset TF_CLI_CONFIG_FILE # terraform would warn about a missing file
if command -v terraform >/dev/null 2>&1; then
  try terraform fmt -check -recursive terraform
else
  echo "lint: terraform is not on PATH: its format was not checked" >&2
  [ "${CI:-}" != true ] || bad=1
fi
scripts=$(git ls-files '*.sh' .ci/run)
# shellcheck disable=SC2086 # one word a file: names in this repository have no blanks
try .venv/bin/shellcheck $scripts
dockerfiles=$(git ls-files '*Dockerfile')
# shellcheck disable=SC2086
[ -z "$dockerfiles" ] || try .venv/bin/hadolint $dockerfiles
exit "$bad"
