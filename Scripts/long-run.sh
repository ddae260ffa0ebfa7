#!/usr/bin/env bash
# Trains a toy network for many steps, with evaluations and saves, and compares what its processes hold
# after the first tenth of them and at the end: memory, open files, threads and shared memory have to be the
# same within 1 %, shared memory within 256 kB, memory of its own within 512 kB where that is more.
#
# usage: Scripts/long-run.sh STEPS [RANKS]
#
# It evaluates after every 20th step and saves after every 50th. Some thirty times a second it looks at the ranks, mpirun
# and the launcher. Compared are the second and third tenth of the steps with the last two, each by the value
# that three quarters of its samples reach: what is held only while a checkpoint is written is in none of these.
# PARABLE_BIN is the folder of the programs, .build/release unless given.
set -euo pipefail
steps=${1:?usage: long-run.sh STEPS [RANKS]}
ranks=${2:-2}
# With a /dev/shm of its own, where that can be: what others put there is none of this.
if [ -z "${LONG_RUN_INSIDE-}" ] && unshare -m mount -t tmpfs none /dev/shm 2> /dev/null; then
  LONG_RUN_INSIDE=1 exec unshare -m bash -c 'mount -t tmpfs none /dev/shm && exec "$@"' - bash "$0" "$@"
fi
cd "$(dirname "$0")/.."
bin=$(realpath "${PARABLE_BIN:-.build/release}")
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
folder=$(mktemp -d "${TMPDIR:-/tmp}/parable-long.XXXXXX")
started=
clean() {
  [ -z "$started" ] || kill "$started" 2> /dev/null || true
  [ -z "$started" ] || wait "$started" || true
  rm -rf "$folder"
}
trap clean EXIT

"$bin/worker" stories --count 20 --output "$folder/c.txt" > "$folder/said"
"$bin/worker" stories --count 2 --seed 2 --output "$folder/v.txt" > "$folder/said"
"$bin/launcher" -n "$ranks" pretrain --run "$folder/run" --corpus "$folder/c.txt" \
  --validation "$folder/v.txt" --layers 1 --width 64 --heads 2 --hidden 96 --context 16 --batch 4 \
  --micro-batch 1 --vocabulary-size 400 --evaluate-every 20 --save-every 50 --keep-checkpoints 2 \
  --check-every 10 --steps "$steps" > "$folder/output" 2> "$folder/said" &
started=$!

# One line: the step, how many processes there are, and what they hold together.
sample() {
  local step process processes files=() threads=()
  step=$(tail -n 1 "$folder/run/metrics.jsonl" | grep -o '"step":[0-9]*') || return 0
  # Subshells of this script have the folder's name in none of their words.
  processes=$(pgrep -f -- "$folder/run") || return 0
  for process in $processes; do
    files+=(/proc/"$process"/fd/*)
    threads+=(/proc/"$process"/task/*)
  done
  awk -v step="${step#*:}" -v files="${#files[@]}" -v threads="${#threads[@]}" \
    -v shared="$(df --output=used -k /dev/shm | tail -n 1)" '
    FNR == 1 { processes++ }
    /^Rss:/ { resident += $2 }
    /^Pss_(Anon|Shmem):/ { own += $2 }
    END { print step, processes, resident, own, files, threads, shared }' \
    $(printf '/proc/%s/smaps_rollup ' $processes) 2> /dev/null
}

while kill -0 "$started" 2> /dev/null; do
  # Processes that end meanwhile give none.
  [ ! -s "$folder/run/metrics.jsonl" ] || sample >> "$folder/samples" || true
  sleep 0.01
done
wait "$started" || { cat "$folder/said" >&2; exit 1; }
started=

# The lower quartile of a column among the samples of some steps.
quartile() {
  awk -v from="$2" -v to="$3" -v column="$1" -v count=$((ranks > 1 ? ranks + 2 : 1)) \
    '$1 >= from && $1 <= to && $2 == count { print $column }' "$folder/samples" | sort -n \
    | awk '{ values[NR] = $1 } END { if (NR >= 8) print values[int((NR + 3) / 4)] }'
}
echo "long-run: $steps steps on $ranks ranks, $(wc -l < "$folder/samples") samples"
failed=0 column=3
for what in 'resident memory, kB' 'memory of its own, kB' 'open files' threads 'shared memory, kB'; do
  early=$(quartile $column $((steps / 10)) $((3 * steps / 10)))
  late=$(quartile $column $((8 * steps / 10)) "$steps")
  [ -n "$early" ] && [ -n "$late" ] || { echo "long-run: too few samples; give more steps" >&2; exit 1; }
  awk -v what="$what" -v early="$early" -v late="$late" 'BEGIN {
    growth = early > 0 ? 100 * (late - early) / early : 0
    printf "%-22s %9d %9d %+7.2f %%\n", what, early, late, growth
    # Of what it has reserved the allocator touches more for a while, and so does MPI of what it shares
    # (4 MiB of each rank): of these two small ones, 1 % is less than that.
    spare = what ~ /own/ ? 512 : what ~ /shared/ ? 256 : 0
    exit growth > 1 && late - early > spare
  }' || failed=1
  column=$((column + 1))
done
echo "metrics.jsonl $(($(wc -c < "$folder/run/metrics.jsonl") / steps)) and output $(($(cat "$folder/output" "$folder/said" | wc -c) / steps)) bytes per step"
[ "$failed" = 0 ] || { echo 'long-run: something grows with the steps' >&2; exit 1; }
