#!/bin/sh
# Build container/test, push it and write its digest into the release file of ENV (default: local); the same as
# `awa-batch build --image test` and `awa-batch push --image test`.
# usage: [ENV=dev] container/test/build_and_push.sh
set -eu
cd "$(dirname "$0")/../.."
make --no-print-directory docker-build ecr-push IMAGE=test ENV="${ENV:-local}"
