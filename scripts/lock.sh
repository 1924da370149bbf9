#!/bin/sh
# Resolve the dependencies of pyproject.toml into hash-locked files. They name no package index.
set -eu
cd "$(dirname "$0")/.."
uv=$(command -v uv || echo .venv/bin/uv)
compile() { "$uv" pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-annotate --no-header "$@"; }
compile pyproject.toml scripts/local_batch/pyproject.toml --extra local -o requirements.lock
compile pyproject.toml scripts/local_batch/pyproject.toml --extra local --extra dev -c requirements.lock -o requirements-dev.lock
grep -E '^uv==' requirements.lock | cut -d' ' -f1 > .venv/uv.in
compile .venv/uv.in -o requirements-uv.lock
compile bench/requirements.in -o bench/requirements.lock
compile tests/terraform/checkov/requirements.in -o tests/terraform/checkov/requirements.lock
