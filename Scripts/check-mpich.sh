#!/usr/bin/env bash
# Builds with MPICH in place of Open MPI, in a folder of its own, and runs the tests of all that speaks
# with MPI or starts it. Where MPICH is not installed it says so and measures nothing.
#
# usage: Scripts/check-mpich.sh [OPTION OF swift test...]
#
# PARABLE_MPICH_BUILD names another folder than .build/mpich. `PARABLE_MPI=mpich Scripts/setup.sh`
# installs MPICH, beside Open MPI where that is there.
set -euo pipefail
cd "$(dirname "$0")/.."
export PARABLE_MPI=mpich

if ! compgen -G '/usr/include/*/mpich/mpi.h' > /dev/null || ! command -v mpirun.mpich > /dev/null; then
  echo 'check-mpich: MPICH: not measured, since it is not installed; PARABLE_MPI=mpich Scripts/setup.sh'
  exit 0
fi
exec Scripts/run-tests.sh --scratch-path "${PARABLE_MPICH_BUILD:-.build/mpich}" \
  --explicit-target-dependency-import-check error \
  --filter '^(CollectiveTests|LaunchEnvironmentTests|LauncherTests|DistributedTests)' "$@"
