#!/usr/bin/env bash
# A training as a Slurm job, on one node or on several. It stops and saves before its time is over, or when
# it has to make room for others, requeues itself, and goes on from its newest checkpoint with the hosts
# that it then gets; so it does when it is sent again, or requeued after a node failed.
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
# From Slurm 22.05 on the training knows itself when the job ends; this serves earlier ones too.
#SBATCH --signal=B:USR1@120
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
  set -- --resume
fi
# Only a process in the background lets bash pass signals on at once.
"$bin/launcher" --grace 100s pretrain --run "$run" "$@" &
job=$!
asked=
trap 'asked=1; kill -USR1 $job 2> /dev/null || true' USR1 TERM
while :; do
  code=0
  wait $job || code=$?
  # A signal ends the waiting, not the job.
  kill -0 $job 2> /dev/null || break
done

# 75: to be continued. Who is asked before the first step ends at once, with 128 and more.
if [ $code = 75 ] || { [ -n "$asked" ] && [ $code -gt 128 ]; }; then
  echo "slurm.sh: requeued, to go on with $run"
  scontrol requeue "$SLURM_JOB_ID" || exit $code
  exit 0
fi
exit $code
