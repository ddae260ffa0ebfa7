#!/usr/bin/env bash
# The same as answers.sh on what is built in: stories, questions about them, and other stories to
# be asked about at the end.
#
# usage: Runs/story-answers.sh [RUN]
#   RUN   where everything goes (runs/story-answers); a run that was interrupted goes on where it was
# Results: RUN/finetuned/finetuned_predictions.json and RUN/prompting/prompting_predictions.json.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
run=${1:-runs/story-answers}
bin=${PARABLE_BIN:-$root/.build/release}
source "$root/Runs/stages.sh"
mkdir -p "$run"
dev=$run/dev.json

stage "stories and questions"
if [ ! -f "$run/documents.txt" ]; then
  "$bin/worker" stories --count 1000 --seed 2 --output "$run/unseen.txt" --questions "$dev"
  "$bin/worker" stories --count 20000 --seed 1 --output "$run/stories.txt" \
    --questions "$run/whole.json" --question-count 40000
  "$bin/worker" stories --count 20000 --seed 1 --output "$run/stories.txt" \
    --questions "$run/short.json" --question-count 50000 --sentences 4
  "$bin/worker" practice --questions "$run/whole.json" --count 1 --output "$run/practice.json" \
    --documents "$run/documents.tmp" --document-count 1000
  mv "$run/documents.tmp" "$run/documents.txt"
fi

stage "tokenizer and pre-training"
pretrain --corpus "$run/documents.txt" --vocabulary-size 4096 --width 192 --layers 4 --heads 4 \
  --hidden 512 --context 384 --rope-theta 1000000 --initialization matching --precision bf16 \
  --batch 16 --steps 400 --learning-rate 2e-3 --save-every 200 --keep 2

stage "fine-tuning: a few sentences"
finetune practised pretrained 1 --dev "$dev" --train "$run/short.json" \
  --learning-rate 1e-3 --language-weight 0.2
stage "fine-tuning: whole stories"
finetune finetuned practised 2 --dev "$dev" --train "$run/whole.json" \
  --learning-rate 1e-3 --minimum-learning-rate 5e-5 --language-weight 0.2 --ranking-weight 0.5

stage "prompting"
"$bin/launcher" prompt --model "$run/finetuned" --dev "$dev" \
  --output "$run/prompting" --precision bf16 \
  --compare "$run/finetuned/finetuned_predictions.json"
stage "done"
