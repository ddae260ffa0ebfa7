#!/usr/bin/env bash
# Installs what the package needs beside a Swift toolchain (Debian 12): Open MPI (or MPICH, with
# PARABLE_MPI=mpich), and oneDNN, which makes training faster and may be missing. Does nothing where
# all is there.
set -euo pipefail

oldest_swift=6.2

say() { printf 'setup: %s\n' "$1" >&2; }
fail() {
  say "$1"
  exit 1
}

check_swift() {
  local remedy="install Swift $oldest_swift or newer (https://www.swift.org/install/linux)"
  command -v swift > /dev/null || fail "PATH: no Swift toolchain; $remedy"
  local version
  version=$(swift --version 2>&1 | grep -oE 'Swift version [0-9]+\.[0-9]+' | head -n 1 | cut -d ' ' -f 3) \
    || fail "$(command -v swift): it does not tell its version; $remedy"
  printf '%s\n' "$oldest_swift" "$version" | sort -C -V \
    || fail "$(command -v swift): Swift $version is too old; $remedy"
}

is_there() { compgen -G "$1" > /dev/null; }

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  else
    sudo "$@"
  fi
}

# Package lists of a fresh machine are empty or old: they are fetched once, before the first use.
install() {
  if [ -z "${lists_are_fresh-}" ]; then
    as_root apt-get update -q >&2 || return 1
    lists_are_fresh=yes
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >&2
}

# The package speaks to oneDNN 2; version 3 has another interface, and products then run on the
# package's own kernel.
onednn_version() {
  sed -n 's/^#define DNNL_VERSION_MAJOR //p' /usr/include/oneapi/dnnl/dnnl_version.h \
    /usr/include/dnnl_version.h 2> /dev/null | head -n 1
}

onednn_candidate() { apt-cache policy libdnnl-dev 2> /dev/null | sed -n 's/^ *Candidate: //p'; }

check_swift

# Where the compiler finds a header by itself, as on other systems than Debian.
has_mpi_of() { echo '#include <mpi.h>' | clang -E -dM -x c - 2> /dev/null | grep -q "define $1"; }

required=()
if [ "${PARABLE_MPI-}" = mpich ]; then
  is_there '/usr/include/*/mpich/mpi.h' || has_mpi_of MPICH_VERSION || required+=(libmpich-dev)
  command -v mpirun.mpich > /dev/null || command -v mpiexec.hydra > /dev/null || required+=(mpich)
else
  is_there '/usr/lib/*/openmpi/include/mpi.h' || has_mpi_of OMPI_MAJOR_VERSION ||
    required+=(libopenmpi-dev)
  command -v mpirun.openmpi > /dev/null || mpirun --version 2> /dev/null | grep -q 'Open MPI' ||
    required+=(openmpi-bin)
fi
optional=()
if ! is_there '/usr/include/dnnl.h'; then
  optional+=(libdnnl-dev)
elif [ "$(onednn_version)" != 2 ]; then
  say "oneDNN $(onednn_version) is installed and version 2 is wanted: products run on our own kernel, slower"
fi
wanted=("${required[@]}" "${optional[@]}")
[ ${#wanted[@]} -gt 0 ] || exit 0

obstacle=
if ! command -v apt-get > /dev/null; then
  obstacle="no apt-get to install ${wanted[*]} with"
elif [ "$(id -u)" != 0 ] && ! command -v sudo > /dev/null; then
  obstacle="neither root nor sudo to install ${wanted[*]} with"
fi
if [ -n "$obstacle" ]; then
  [ ${#required[@]} = 0 ] || fail "this machine: $obstacle; install them by hand"
  say "this machine: $obstacle; the package goes on without, only slower"
  exit 0
fi

if [ ${#required[@]} -gt 0 ]; then
  install "${required[@]}" || fail "apt-get: it failed for ${required[*]}, see above; install them by hand"
fi
if [ ${#optional[@]} -gt 0 ]; then
  case "$(onednn_candidate)" in
    '' | '(none)' | 2.*) ;;
    *)
      say "this system has oneDNN $(onednn_candidate) and version 2 is wanted: products run on our own kernel, slower"
      exit 0
      ;;
  esac
  install "${optional[@]}" || say "apt-get: no ${optional[*]} to be had; the package goes on without, only slower"
fi
