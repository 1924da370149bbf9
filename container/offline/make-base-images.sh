#!/usr/bin/env bash
# Make stand-ins for the images that a build needs, on a host that reaches Debian packages but no container registry.
#
#   sudo container/offline/make-base-images.sh [--force] [python] [uv] [registry]      (default: what is needed)
#
# python    python:3.13-slim-trixie        Debian trixie, python3 and ca-certificates, through debootstrap
# uv        ghcr.io/astral-sh/uv:<version> the uv program of .venv (or UV=path), which must have that version
# registry  registry:2                     the docker-registry program of the Debian package of that name
#
# What is there already under such a name is kept, and what can be pulled is pulled, unless --force is given. Without
# names, uv and registry are left out where their program is missing: a build makes its own stand-in for uv, and a
# registry program serves as well as an image of it. Every stand-in carries the label awa-batch.stand-in, and is removed
# with: docker image rm NAME.
# Settings: PYTHON_IMAGE, UV_IMAGE, REGISTRY_IMAGE (other names), DEBIAN_MIRROR (default debootstrap's own),
# DOCKER (default docker), UV, TMPDIR (1 GiB is used).
set -euo pipefail

readonly SUITE=trixie
readonly LABEL=awa-batch.stand-in
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
docker=${DOCKER:-docker}
uv=${UV:-$root/.venv/bin/uv}
mirror=${DEBIAN_MIRROR:-}
force=

fail() {
  printf '%s\n  %s\n' "$1" "$2" >&2
  exit "${3:-1}"
}

base_name() { # name and tag of a base image; a stand-in has no registry's digest
  sed -n "s/^$1=\([^@]*\).*/\1/p" "$root/container/base_images.env"
}

wanted() { # whether the image is still to be made
  if [[ -z $force ]] && "$docker" image inspect "$1" >/dev/null 2>&1; then
    echo "$1 is there already"
    return 1
  fi
  if [[ -z $force ]] && timeout 300 "$docker" pull --quiet "$1" >/dev/null 2>&1; then
    echo "$1 pulled"
    return 1
  fi
}

make_python() {
  local image=$1 folder=$work/python
  [[ $image == *python:*-$SUITE ]] || fail "$image is not based on Debian $SUITE." "Change SUITE in this script with it." 2
  [[ $(id -u) == 0 ]] || fail "debootstrap must run as root." "Run this script with sudo." 2
  command -v debootstrap >/dev/null || fail "debootstrap is missing." "apt-get install debootstrap" 1
  echo "$image: debootstrap $SUITE${mirror:+ from $mirror} (a minute or two)"
  if ! debootstrap --variant=minbase --include=python3,ca-certificates "$SUITE" "$folder" ${mirror:+"$mirror"} >"$work/log" 2>&1; then
    tail -n 5 "$work/log" >&2
    fail "debootstrap failed." "Check DEBIAN_MIRROR${mirror:+=$mirror} and the debian-archive-keyring package." 1
  fi
  local want have
  want=${image##*:} want=${want%%-*}
  have=$(chroot "$folder" /usr/bin/python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  [[ $have == "$want" ]] || fail "Debian $SUITE has Python $have, not $want." "Name that version in container/base_images.env." 1
  # As in the official image, `python` works and programs of one's own come first on PATH.
  ln -s /usr/bin/python3 "$folder/usr/local/bin/python3"
  ln -s /usr/bin/python3 "$folder/usr/local/bin/python"
  rm -rf "$folder"/var/cache/apt/* "$folder"/var/lib/apt/lists/* "$folder"/var/log/* \
    "$folder"/usr/share/{doc,info,locale,man}/*
  tar -C "$folder" --numeric-owner --exclude=./dev/* --exclude=./proc/* --exclude=./sys/* -c . |
    "$docker" import \
      --change "LABEL $LABEL=debootstrap-$SUITE" \
      --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
      --change 'ENV LANG=C.UTF-8' \
      --change 'CMD ["python3"]' \
      - "$image" >/dev/null
}

make_uv() {
  local image=$1 program=$uv want have folder=$work/uv
  [[ -x $program ]] || fail "There is no uv program at $program." "Run make setup, or set UV=path of a uv program." 1
  want=${image##*:}
  have=$("$program" --version | cut -d' ' -f2)
  [[ $have == "$want" ]] || fail "$program is uv $have, not $want." "Set UV= to a uv of version $want." 1
  mkdir "$folder"
  cp "$program" "$folder/uv"
  tar -C "$folder" --owner=0 --group=0 --mode=0755 -c uv |
    "$docker" import --change "LABEL $LABEL=uv-wheel" --change 'ENTRYPOINT ["/uv"]' - "$image" >/dev/null
}

make_registry() {
  local image=$1 program folder=$work/registry library
  program=$(command -v docker-registry) || fail "docker-registry is missing." "apt-get install docker-registry" 1
  mkdir -p "$folder"/{bin,etc/docker/registry,var/lib/registry,tmp}
  cp "$program" "$folder/bin/registry"
  # Debian's program is linked dynamically: its libraries come along.
  ldd "$program" 2>/dev/null | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p "$folder$(dirname -- "$library")"
    cp -L "$library" "$folder$library"
  done
  cat >"$folder/etc/docker/registry/config.yml" <<'END'
version: 0.1
storage:
  filesystem:
    rootdirectory: /var/lib/registry
http:
  addr: :5000
END
  tar -C "$folder" --owner=0 --group=0 -c . |
    "$docker" import \
      --change "LABEL $LABEL=docker-registry" \
      --change 'ENTRYPOINT ["/bin/registry"]' \
      --change 'CMD ["serve", "/etc/docker/registry/config.yml"]' \
      --change 'EXPOSE 5000' \
      --change 'VOLUME /var/lib/registry' \
      - "$image" >/dev/null
}

kinds=()
for argument in "$@"; do
  case $argument in
    python | uv | registry) kinds+=("$argument") ;;
    --force) force=1 ;;
    -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" && exit 0 ;;
    *) fail "Unknown argument: $argument." "Use: make-base-images.sh [--force] [python] [uv] [registry]" 2 ;;
  esac
done
if [[ ${#kinds[@]} -eq 0 ]]; then
  kinds=(python)
  [[ ! -x $uv ]] || kinds+=(uv)
  ! command -v docker-registry >/dev/null || kinds+=(registry)
fi
"$docker" version >/dev/null 2>&1 || fail "No container engine answers $docker." "Start it, or set DOCKER=." 1

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
for kind in "${kinds[@]}"; do
  case $kind in
    python) image=${PYTHON_IMAGE:-$(base_name PYTHON_IMAGE)} ;;
    uv) image=${UV_IMAGE:-$(base_name UV_IMAGE)} ;;
    registry) image=${REGISTRY_IMAGE:-registry:2} ;;
  esac
  if wanted "$image"; then
    "make_$kind" "$image"
    echo "$image made"
  fi
done
