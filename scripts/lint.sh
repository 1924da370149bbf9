#!/bin/sh
# Every linter, to the end: all that is wrong is shown in one run.
# usage: scripts/lint.sh [ruff|format|mypy|imports|terraform|shellcheck|hadolint|workflows|documents|spelling …]      (default: all of them)
set -u
cd "$(dirname "$0")/.." || exit 1
names="ruff format mypy imports terraform shellcheck hadolint workflows documents spelling"
bad=0
try() {
  echo "lint: $*" >&2
  "$@" || bad=1
}
# Tests misspell on purpose; data and locks are nobody's words.
# shellcheck disable=SC2329 # `try` calls it
spelling() {
  git ls-files -- ':!tests' ':!*.lock' ':!*.lock.hcl' ':!*.json' ':!*.csv' ':!*.dat' ':!*.gz' | xargs .venv/bin/codespell
}
lint() {
  case $1 in
    ruff) try .venv/bin/ruff check . ;;
    format) try .venv/bin/ruff format --check --quiet . ;;
    mypy) try .venv/bin/mypy ;;
    imports)
      ! grep -q '^\[tool.importlinter' pyproject.toml || try .venv/bin/lint-imports --no-logo
      ;;
    terraform)
      [ -e "${TF_CLI_CONFIG_FILE:-/}" ] || unset TF_CLI_CONFIG_FILE # terraform would warn about a missing file
      if command -v terraform >/dev/null 2>&1; then
        try terraform fmt -check -recursive terraform
      else
        echo "lint: terraform is not on PATH: its format was not checked" >&2
        [ "${CI:-}" != true ] || bad=1
      fi
      ;;
    shellcheck)
      scripts=$(git ls-files '*.sh' .ci/run)
      # shellcheck disable=SC2086 # one word a file: names in this repository have no blanks
      try .venv/bin/shellcheck $scripts
      ;;
    hadolint)
      dockerfiles=$(git ls-files '*Dockerfile')
      # shellcheck disable=SC2086
      [ -z "$dockerfiles" ] || try .venv/bin/hadolint $dockerfiles
      ;;
    workflows)
      try .venv/bin/zizmor --offline --quiet --no-progress .github
      # Its package fetches the program from GitHub when it is installed, so it is no dependency. What steps run is
      # looked at by the locked shellcheck, whichever is on PATH.
      ! command -v actionlint >/dev/null 2>&1 || try actionlint -shellcheck .venv/bin/shellcheck
      ;;
    documents) try .venv/bin/python scripts/check_documents.py ;;
    spelling) try spelling ;;
    *)
      echo "lint: there is no linter $1; there are: $names" >&2
      exit 2
      ;;
  esac
}
# shellcheck disable=SC2086
[ $# -gt 0 ] || set -- $names
for name in "$@"; do
  lint "$name"
done
exit "$bad"
