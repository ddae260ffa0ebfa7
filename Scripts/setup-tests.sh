#!/usr/bin/env bash
# Installs what tests need beside what Scripts/setup.sh installs (Debian 12): a virtual environment
# with the Python packages that they compare with, Slurm, and iproute2. Does nothing where all is
# there.
#
# usage: Scripts/setup-tests.sh [--strict]
#
# What cannot be installed is said; with --strict that is a failure. Tests that want it are skipped.
# PARABLE_TEST_PYTHON names another folder for the virtual environment than the user's cache.
set -uo pipefail
cd "$(dirname "$0")/.."
. Scripts/python-packages.sh

strict=
[ "${1-}" != --strict ] || strict=yes
missing=0
lacks() {
  echo "setup-tests: $1: not installed; tests that want it are skipped" >&2
  missing=$((missing + 1))
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
apt_install() {
  command -v apt-get > /dev/null || return 1
  if [ -z "${lists_are_fresh-}" ]; then
    as_root apt-get update -q >&2 || return 1
    lists_are_fresh=yes
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >&2
}

# Daemons and tools that are not on an ordinary user's PATH either.
PATH=$PATH:/usr/sbin:/sbin
need() {
  command -v "$1" > /dev/null || apt_install "${@:2}" || lacks "$1 (${*:2})"
}
need ip iproute2
need munged munge
need slurmctld slurm-wlm
need srun slurm-client
compgen -G '/usr/lib/*/libpmix.so.2' > /dev/null || apt_install libpmix2 || lacks libpmix2
need unshare util-linux

folder=${PARABLE_TEST_PYTHON:-${XDG_CACHE_HOME:-$HOME/.cache}/parable-tests}
python=$folder/bin/python
if ! can_import "$python" torch numpy; then
  # Debian's PyTorch is for CPUs alone and small; elsewhere pip has to bring one.
  system=
  apt_install python3-torch python3-numpy python3-venv && system=/usr/bin/python3
  rm -rf "$folder"
  make_environment "$folder" "$system"
fi
if [ -x "$python" ]; then
  can_import "$python" numpy || install_packages "$python" numpy || lacks numpy
  install_torch "$python" || lacks torch
  for package in pytest safetensors tiktoken tokenizers; do
    can_import "$python" "$package" || install_packages "$python" "$package" || lacks "$package"
  done
  # The newest that works on Debian's PyTorch.
  can_import "$python" transformers || install_packages "$python" 'transformers<4.46' ||
    lacks transformers
else
  lacks "a virtual environment in $folder"
fi

[ -z "$strict" ] || [ "$missing" = 0 ]
