#!/bin/sh
# Make .venv and bring it to exactly what a lock file says, hashes checked.
# usage: scripts/setup.sh base|dev      (PYTHON=… names the interpreter)
set -eu
cd "$(dirname "$0")/.."
kind=${1:-base}
# Where the development tools are in, they stay in.
[ ! -e .venv/.synced-dev ] || kind=dev
case $kind in
  base) lock=requirements.lock ;;
  dev) lock=requirements-dev.lock ;;
  *) echo "scripts/setup.sh: $kind is neither base nor dev" >&2; exit 2 ;;
esac

fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
  for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    if command -v "$name" >/dev/null 2>&1 && fits "$name"; then
      command -v "$name"
      return
    fi
  done
  echo "awa-batch needs Python 3.11 or later${PYTHON:+; PYTHON=$PYTHON is not}." >&2
  echo "  Install one, or name it: make PYTHON=/path/to/python3.12 …" >&2
  exit 1
}

if [ -x .venv/bin/python ] && ! fits .venv/bin/python; then
  echo "setup: .venv is of a Python that is gone or too old; making it anew" >&2
  rm -rf .venv
fi
if [ ! -x .venv/bin/python ]; then
  python=$(find_python)
  echo "setup: making .venv with $("$python" --version)" >&2
  if command -v uv >/dev/null 2>&1; then
    uv venv --quiet --python "$python" .venv
  elif ! "$python" -m venv .venv; then
    rm -rf .venv
    echo "setup: $python cannot make virtual environments, and uv is not on PATH." >&2
    echo "  Install its venv module (Debian, Ubuntu: apt install python3-venv) or uv." >&2
    exit 1
  fi
fi

if command -v uv >/dev/null 2>&1; then
  uv=uv
else
  uv=.venv/bin/uv
  if [ ! -x "$uv" ]; then
    echo "setup: installing uv into .venv" >&2
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
  fi
  # A company's package mirror is often known to pip alone.
  if [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ] && [ -x .venv/bin/pip ]; then
    index=${PIP_INDEX_URL:-$(.venv/bin/pip config get global.index-url 2>/dev/null || true)}
    [ -z "$index" ] || export UV_DEFAULT_INDEX="$index"
  fi
fi

echo "setup: installing $lock" >&2
"$uv" pip sync --quiet --python .venv/bin/python --require-hashes --compile-bytecode "$lock"
"$uv" pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable . --editable scripts/local_batch
.venv/bin/python -m compileall -q scripts/awa_batch scripts/eventbridge_schedules scripts/local_batch/src
touch .venv/.synced
[ "$kind" = base ] || touch .venv/.synced-dev
