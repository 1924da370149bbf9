#!/bin/sh
# Resolve the dependencies into hash-locked files. They name no package index.
# usage: scripts/lock.sh [jobs]      jobs: just what job code may import, and the clone's own environment with it
set -eu
cd "$(dirname "$0")/.."
uv=${UV:-$(command -v uv || echo .venv/bin/uv)}
compile() { "$uv" pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-annotate --no-header "$@"; }
compile container/latest/pyproject.toml -o container/latest/requirements.lock
# What jobs import is in the clone's environment too, in the same versions: there they run on a laptop, and their tests.
toolkit="pyproject.toml scripts/local_batch/pyproject.toml container/latest/pyproject.toml"
# shellcheck disable=SC2086 # three words
compile $toolkit --extra local -c container/latest/requirements.lock -o requirements.lock
# shellcheck disable=SC2086
compile $toolkit --extra local --extra dev -c requirements.lock -o requirements-dev.lock
[ "${1:-}" != jobs ] || exit 0
grep -E '^uv==' requirements.lock | cut -d' ' -f1 > .venv/uv.in
compile .venv/uv.in -o requirements-uv.lock
compile bench/requirements.in -o bench/requirements.lock
compile tests/terraform/checkov/requirements.in -o tests/terraform/checkov/requirements.lock
