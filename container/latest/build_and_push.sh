#!/bin/sh
# Build container/latest, push it and write its digest into the release file of ENV (default: local); the same as
# `awa-batch build --image latest` and `awa-batch push --image latest`.
# usage: [ENV=dev] container/latest/build_and_push.sh
set -eu
cd "$(dirname "$0")/../.."
make --no-print-directory docker-build ecr-push IMAGE=latest ENV="${ENV:-local}"
