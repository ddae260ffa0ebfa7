#!/usr/bin/env bash
# The same as answers.sh on what is built in: stories, questions about them, and other stories to
# be asked about at the end.
#
# usage: Runs/story-answers.sh [RUN]
#   RUN   where everything goes (runs/story-answers); a run that was interrupted goes on where it was
# Results: RUN/finetuned/finetuned_predictions.json and RUN/prompting/prompting_predictions.json.
# Passages grow from stage to stage: a network learns sooner what belongs together in few sentences.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
run=${1:-runs/story-answers}
bin=${PARABLE_BIN:-$root/.build/release}
source "$root/Runs/stages.sh"
mkdir -p "$run"
dev=$run/dev.json

# Writes COUNT questions about stories to FILE.
# usage: questions FILE COUNT [OPTION...]
questions() {
  local file=$1 count=$2
  shift 2
  "$bin/worker" stories --output "$run/stories.txt" --questions "$run/$file" \
    --question-count "$count" "$@"
}

stage "stories and questions"
if [ ! -f "$run/documents.txt" ]; then
  "$bin/worker" stories --count 1000 --seed 2 --output "$run/unseen.txt" --questions "$dev"
  questions short.json 60000 --count 40000 --sentences 4
  questions longer.json 40000 --count 40000 --sentences 12
  questions whole.json 40000 --count 40000
  questions others.json 80000 --count 80000 --seed 3
  "$bin/worker" cloze --questions "$run/whole.json" --count 1 --output "$run/cloze.json" \
    --documents "$run/documents.tmp" --document-count 4000
  mv "$run/documents.tmp" "$run/documents.txt"
fi

stage "tokenizer and pre-training"
pretrain --corpus "$run/documents.txt" --preset tiny --context 384 --rope-theta 1000000 \
  --initialization induction --precision bf16 --batch 16 --steps 150 --learning-rate 2e-3 \
  --save-every 200 --keep-checkpoints 2

stage "fine-tuning: a few sentences"
finetune few pretrained 1 --dev "$dev" --train "$run/short.json" \
  --pooling mean --language-weight 1 --learning-rate 1e-3 --minimum-learning-rate 5e-4
stage "fine-tuning: half of a story"
finetune half few 1 --dev "$dev" --train "$run/longer.json" \
  --pooling mean --language-weight 1 --learning-rate 1e-3 --minimum-learning-rate 5e-4
stage "fine-tuning: whole stories"
finetune whole half 2 --dev "$dev" --train "$run/whole.json" \
  --pooling mean --language-weight 1 --learning-rate 1e-3 --minimum-learning-rate 2e-5
stage "fine-tuning: other whole stories"
finetune finetuned whole 1 --dev "$dev" --train "$run/others.json" \
  --pooling mean --language-weight 1 --learning-rate 8e-4 --minimum-learning-rate 2e-5

stage "prompting"
"$bin/launcher" prompt --model "$run/finetuned" --dev "$dev" \
  --output "$run/prompting" --precision bf16 \
  --compare "$run/finetuned/finetuned_predictions.json"
stage "done"
