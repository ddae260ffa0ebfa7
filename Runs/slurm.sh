#!/usr/bin/env bash
# A training as a Slurm job, on one node or on several. Sent again, or requeued after a node failed, it
# goes on from its newest checkpoint.
#
#   sbatch --nodes=1 --ntasks-per-node=64 Runs/slurm.sh RUN --corpus train.txt --batch 256
#   sbatch --nodes=4 --ntasks-per-node=64 Runs/slurm.sh RUN --corpus train.txt --batch 1024
#
# RUN is a folder, relative to where sbatch is called, that all nodes see; what follows are options of
# `worker pretrain`. One task is one rank: --ntasks-per-node is the number of physical cores. The
# launcher takes hosts and tasks from Slurm. PARABLE_BIN is the folder of the programs, .build/release
# of where sbatch is called unless given; all nodes must see it, too.
#
#SBATCH --job-name=parable
#SBATCH --exclusive
#SBATCH --hint=nomultithread
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=parable-%j.log
set -euo pipefail

fail() {
  echo "slurm.sh: $1" >&2
  exit 2
}

[ $# -ge 1 ] || fail "no RUN given; sbatch Runs/slurm.sh RUN --corpus FILE"
run=$1
shift
# Slurm runs a copy of this file: where it lies says nothing.
bin=${PARABLE_BIN:-${SLURM_SUBMIT_DIR:-.}/.build/release}
[ -x "$bin/launcher" ] || fail "$bin/launcher: not there; swift build -c release, or set PARABLE_BIN"

"$bin/launcher" --dry-run pretrain --run "$run" "$@"
if [ -f "$run/latest" ]; then
  exec "$bin/launcher" pretrain --run "$run" --resume
fi
exec "$bin/launcher" pretrain --run "$run" "$@"
