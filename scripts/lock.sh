#!/bin/sh
# Resolve the dependencies into hash-locked files. They name no package index.
# usage: scripts/lock.sh [upgrade|image NAME|job NAME]
#        upgrade  the newest versions that fit; without it a version that still fits stays
#        image    just what jobs in container/NAME may import; with latest the clone's own environment and all locks of jobs
#        job      just the lock that a job has beside its project, for an image on top of latest
set -eu
cd "$(dirname "$0")/.."
uv=${UV:-$(command -v uv || echo .venv/bin/uv)}
upgrade=
compile() { "$uv" pip compile --quiet $upgrade --universal --generate-hashes --python-version 3.11 --no-annotate --no-header "$@"; }
# What the environment of container/$1 holds: its project, and those of jobs that run in it (scripts/awa_batch/images/projects.py).
projects() {
  echo "container/$1/pyproject.toml"
  for job in jobs/*/pyproject.toml; do
    [ -e "$job" ] && [ ! -e "${job%/*}/requirements.lock" ] || continue
    image=$(sed -n 's/^image *= *"\([^"]*\)".*/\1/p' "$job")
    [ "${image:-latest}" != "$1" ] || echo "$job"
  done
}
# What all jobs may import, in the same versions, and what this job does beside it.
lock_job() {
  # shellcheck disable=SC2046
  compile $(projects latest) "jobs/$1/pyproject.toml" -c container/latest/requirements.lock -o "jobs/$1/requirements.lock"
}
lock_image() {
  # shellcheck disable=SC2046 # names in this repository have no blanks
  compile $(projects "$1") -o "container/$1/requirements.lock"
  [ "$1" = latest ] || return 0
  # What jobs import is in the clone's environment too, in the same versions: there they run on a laptop, and their tests.
  toolkit="pyproject.toml scripts/local_batch/pyproject.toml $(projects latest)"
  # shellcheck disable=SC2086
  compile $toolkit --extra local -c container/latest/requirements.lock -o requirements.lock
  # shellcheck disable=SC2086
  compile $toolkit --extra local --extra dev -c requirements.lock -o requirements-dev.lock
  for lock in jobs/*/requirements.lock; do
    [ -e "$lock" ] || continue
    job=${lock%/requirements.lock}
    lock_job "${job#jobs/}"
  done
}
case ${1:-} in
  image) lock_image "$2"; exit ;;
  job) lock_job "$2"; exit ;;
  "") ;;
  upgrade) upgrade=--upgrade ;;
  *) echo "scripts/lock.sh: $1 is none of upgrade, image and job" >&2; exit 2 ;;
esac
for lock in container/*/requirements.lock; do
  image=${lock#container/}
  [ ! -e "${lock%/*}/pyproject.toml" ] || lock_image "${image%/requirements.lock}"
done
# The local Batch's image has what its package asks for, in the versions that the tests here run with.
compile scripts/local_batch/pyproject.toml -c requirements.lock -o container/aws-batch-local/requirements.lock
grep -E '^uv==' requirements.lock | cut -d' ' -f1 > .venv/uv.in
compile .venv/uv.in -o requirements-uv.lock
compile bench/requirements.in -o bench/requirements.lock
for peer in bench/emulators/locks/*.in; do
  [ -e "$peer" ] || continue
  compile "$peer" -o "${peer%.in}.lock"
done
compile tests/terraform/checkov/requirements.in -o tests/terraform/checkov/requirements.lock
for client in tests/clients/*.in; do
  [ -e "$client" ] || continue
  compile "$client" -o "${client%.in}.lock"
done
compile tests/terraform/cfn_lint/requirements.in -o tests/terraform/cfn_lint/requirements.lock
# The image's uv is the clone's, in one version: its digest comes with `make pin`.
locked=$(sed -n 's/^uv==\([^ ]*\).*/\1/p' requirements.lock)
if [ "$upgrade" ] && ! grep -q "^UV_IMAGE=.*:$locked\(@\|\$\)" container/base_images.env; then
  sed "s|^\(UV_IMAGE=[^@]*:\)[^:@]*\(@.*\)*\$|\1$locked|" container/base_images.env > .venv/base_images.env
  cat .venv/base_images.env > container/base_images.env
fi
