#!/usr/bin/env bash
# Kills a training again and again, at moments and in ways that are drawn, and resumes it on another number
# of ranks; in the end weights and moments must be those of a training that nothing has ended.
#
# usage: Scripts/soak.sh KILLS [SEED]
#
# SIGKILL goes to a rank, to mpirun, to the launcher or to all. After each, no process of the training may be
# left, the run must have a whole checkpoint or none, and nothing half written may count as one. It saves
# after every second step, so that about half of the kills fall into a save. PARABLE_BIN is the folder of
# the programs, .build/release unless given.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$(realpath "${PARABLE_BIN:-.build/release}")
kills=${1:?usage: soak.sh KILLS [SEED]}
seed=${2:-$RANDOM}
RANDOM=$seed
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
folder=$(mktemp -d "${TMPDIR:-/tmp}/parable-soak.XXXXXX")
started=
# All that has the folder's name among its words, but for this script.
left() { pgrep -f -- "$folder/run" | grep -vx $$ || true; }
clean() {
  [ -z "$started" ] || kill -9 "$started" 2> /dev/null || true
  rm -rf "$folder"
}
trap clean EXIT
fail() {
  echo "soak: seed $seed, kill $done: $1; see $folder" >&2
  tail -5 "$folder/said" >&2 || true
  trap - EXIT
  exit 1
}

steps=$((kills * 100 + 100))
training="--corpus $folder/c.txt --layers 1 --width 64 --heads 2 --hidden 96 --context 16 --batch 12
  --micro-batch 1 --vocabulary-size 400 --save-every 2 --keep-checkpoints 3 --steps $steps"
"$bin/worker" stories --count 20 --output "$folder/c.txt" > "$folder/said"
"$bin/worker" pretrain --run "$folder/whole" $training --quiet > "$folder/said" 2>&1

newest() { ls "$folder/run/checkpoints" 2> /dev/null | grep '^step-' | tail -1 || true; }
logged() { if [ -f "$folder/run/metrics.jsonl" ]; then wc -l < "$folder/run/metrics.jsonl"; else echo 0; fi; }
done=0 saving=0
echo "soak: seed $seed, $kills kills of $steps steps"
while [ "$done" -lt "$kills" ]; do
  ranks=$((RANDOM % 4 + 1))
  resume=$([ -n "$(newest)" ] && echo --resume || echo "$training")
  [ "$resume" = --resume ] || rm -rf "$folder/run"
  # In a group of its own, as a shell with job control starts it.
  setsid "$bin/launcher" -n "$ranks" pretrain --run "$folder/run" $resume > "$folder/said" 2>&1 &
  started=$!
  # Wait for a step more, so that the training gets on, then for any moment of the next two.
  before=$(logged) more=$((RANDOM % 4))
  while [ "$(logged)" -le "$((before + more))" ]; do
    kill -0 "$started" 2> /dev/null || break
    sleep 0.02
  done
  sleep "0.$((RANDOM % 20 + 100))" || true
  if ! kill -0 "$started" 2> /dev/null; then
    fail "the training ended by itself"
  fi
  [ -z "$(find "$folder/run/checkpoints" -name '.writing-*' 2> /dev/null)" ] || saving=$((saving + 1))
  workers=($(pgrep -f -- "^$bin/worker pretrain --run $folder/run" || true))
  mpirun=$(pgrep -f -- "^[^ ]*mpirun[^ ]* .*$folder/run" | head -1 || true)
  case $((RANDOM % 4)) in
    0) victims=${workers[$((RANDOM % (${#workers[@]} > 0 ? ${#workers[@]} : 1)))]:-$started} ;;
    1) victims=${mpirun:-$started} ;;
    2) victims=$started ;;
    3) victims=$(left) ;;
  esac
  kill -9 $victims 2> /dev/null || true
  wait "$started" 2> /dev/null && code=0 || code=$?
  done=$((done + 1)) started=
  # A launcher that is gone leaves mpirun a moment to end what it started.
  for _ in {1..100}; do
    [ -n "$(left)" ] || break
    sleep 0.1
  done
  [ -z "$(left)" ] || fail "processes are left: $(left | xargs ps -o pid,args -p)"
  [ -z "$(newest)" ] || "$bin/worker" verify "$folder/run/checkpoints/$(newest)" > "$folder/verified" 2>&1 \
    || fail "$(newest) is not whole: $(tail -1 "$folder/verified")"
done
"$bin/launcher" -n 2 pretrain --run "$folder/run" --resume > "$folder/said" 2>&1 || fail "the last resume failed"
last=checkpoints/step-$(printf %08d "$steps")
for file in model.safetensors optimizer.safetensors; do
  cmp "$folder/whole/$last/$file" "$folder/run/$last/$file" || fail "$file differs"
done
losses() { grep '"gradient_norm"' "$1/metrics.jsonl" | grep -o '"loss":[^,]*\|"step":[0-9]*'; }
cmp <(losses "$folder/whole") <(losses "$folder/run") || fail 'the losses of the metrics differ'
[ -z "$(find "$folder/run" -name '*.partial*' -o -name '.writing-*')" ] || fail 'something half written is left'
echo "soak: $done kills, $saving of them within a save; the bits are those of a training that nothing has ended"
