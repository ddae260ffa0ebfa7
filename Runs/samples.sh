#!/usr/bin/env bash
# Trains the base preset on stories and writes twenty samples: seeds 0 to 19, none left out.
#
# usage: Runs/samples.sh [DATA] [RUN] [STEPS]
#   DATA   a folder with train.txt and valid.txt (../shared/data/tinystories)
#   RUN    the run's folder (runs/samples); a run that was interrupted goes on where it was
#   STEPS  training steps of 8 windows (1600, within an hour on two cores)
# Result: Documentation/SAMPLES.md.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
data=${1:-$root/../shared/data/tinystories}
run=${2:-runs/samples}
steps=${3:-1600}
bin=${PARABLE_BIN:-$root/.build/release}

training=(--corpus "$data/train.txt" --validation "$data/valid.txt" --preset base
  --batch 8 --steps "$steps" --learning-rate 1e-3 --evaluate-every 400 --save-every 200)
if [ -f "$run/latest" ]; then
  "$bin/launcher" pretrain --run "$run" --resume
else
  rm -rf "$run"
  "$bin/launcher" pretrain --run "$run" "${training[@]}"
fi

# The times of all steps, without preparation, evaluation and checkpoints.
minutes=$(grep -o '"seconds":[0-9.]*' "$run/metrics.jsonl" | awk -F: '{ s += $2 } END { printf "%.0f", s / 60 }')
sampling=(--prompt "Once upon a time" --strategy top-k --tokens 250)
{
  printf '# Samples\n\nWhat `Runs/samples.sh` wrote: the `base` preset after %s steps of 8 windows' "$steps"
  printf ' on 14 MB of TinyStories, %s minutes on %s cores, trained by\n\n```sh\nlauncher pretrain' \
    "$minutes" "$(nproc)"
  for word in "${training[@]}"; do printf ' %s' "${word/#$data/tinystories}"; done
  printf '\n```\n\nOn the validation text:\n\n```\n'
  "$bin/worker" evaluate --model "$run" --corpus "$data/valid.txt"
  printf '```\n\nSeeds 0 to 19 of `worker generate --prompt "Once upon a time" --strategy top-k --tokens 250`,'
  printf ' none left out; each ends where the\nnetwork ended it, or after 250 tokens.\n'
  for seed in {0..19}; do
    printf '\n## Seed %s\n\n' "$seed"
    "$bin/worker" generate --model "$run" "${sampling[@]}" --seed "$seed"
    printf '\n'
  done
} > "$root/Documentation/SAMPLES.tmp"
mv "$root/Documentation/SAMPLES.tmp" "$root/Documentation/SAMPLES.md"
