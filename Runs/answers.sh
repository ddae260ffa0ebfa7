#!/usr/bin/env bash
# From texts and questions to two files of answers: tokenizer, pre-training, fine-tuning, prompting.
#
# usage: Runs/answers.sh [--quick] [DATA] [RUN]
#   DATA  a folder like ../shared/data: tinystories/train.txt, qa/train_answers.json, qa/dev.json
#   RUN   where everything goes (runs/answers); a run that was interrupted goes on where it was
# Results: RUN/finetuned/finetuned_predictions.json and RUN/prompting/prompting_predictions.json.
# On two cores it takes at most 100 minutes, with --quick ten.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
quick=
if [ "${1-}" = --quick ]; then
  quick=yes
  shift
fi
data=${1:-$root/../shared/data}
run=${2:-runs/answers}
bin=${PARABLE_BIN:-$root/.build/release}
for file in tinystories/train.txt qa/train_answers.json qa/dev.json; do
  [ -f "$data/$file" ] || {
    echo "answers: no $file, $data, name a folder of this form" >&2
    exit 1
  }
done
mkdir -p "$run"

if [ $quick ]; then
  practice=1000 documents=5000 stories=2000000 pretrain_steps=150 practice_epochs=0 epochs=1
else
  practice=100000 documents=20000 stories=8000000 pretrain_steps=900 practice_epochs=1 epochs=12
fi
network=(--width 192 --layers 4 --heads 4 --hidden 512 --context 384 --rope-theta 1000000
  --initialization matching --precision bf16)

say() { printf '\n== %s (%s)\n' "$1" "$(date +%T)"; }

say "practice questions and documents"
if [ ! -f "$run/documents.txt" ]; then
  "$bin/worker" practice --questions "$data/qa/train_answers.json" --count $practice \
    --output "$run/practice.json" --documents "$run/documents.tmp" --document-count $documents
  # Longer passages too, so that what is learned on a few sentences carries over.
  "$bin/worker" practice --questions "$data/qa/train_answers.json" --count $((practice / 6)) \
    --sentences 9 --seed 2 --output "$run/longer.json"
  head -c $stories "$data/tinystories/train.txt" > "$run/stories.txt"
  mv "$run/documents.tmp" "$run/documents.txt"
fi

say "tokenizer and pre-training"
if [ ! -f "$run/pretrained/done" ]; then
  resume=()
  if [ -f "$run/pretrained/latest" ]; then resume=(--resume); fi
  if [ ${#resume[@]} = 0 ]; then
    rm -rf "$run/pretrained"
    "$bin/launcher" pretrain --run "$run/pretrained" --corpus "$run/documents.txt" \
      --corpus "$run/stories.txt" --vocabulary-size 6144 "${network[@]}" --batch 16 \
      --steps $pretrain_steps --learning-rate 2e-3 --save-every 200 --keep 2
  else
    "$bin/launcher" pretrain --run "$run/pretrained" --resume
  fi
  touch "$run/pretrained/done"
fi

# usage: finetune NAME MODEL EPOCHS RATE FILE...
finetune() {
  local name=$1 model=$2 epochs=$3 rate=$4
  shift 4
  if [ -f "$run/$name/finetuned_predictions.json" ]; then return; fi
  if [ -f "$run/$name/latest" ]; then
    "$bin/launcher" finetune --output "$run/$name" --resume
    return
  fi
  rm -rf "${run:?}/$name"
  local files=()
  for file in "$@"; do files+=(--train "$file"); done
  "$bin/launcher" finetune --model "$model" "${files[@]}" --dev "$data/qa/dev.json" \
    --output "$run/$name" --epochs "$epochs" --learning-rate "$rate" --precision bf16 \
    --format question-twice --pooling last --language-weight 0.5 --patience 5
}

answers=$data/qa/train_answers.json
if [ $practice_epochs = 0 ]; then
  say "fine-tuning"
  finetune finetuned "$run/pretrained" $epochs 1e-3 "$answers"
else
  say "fine-tuning, first: which choices stand in the passage"
  finetune first "$run/pretrained" 1 1e-3 "$answers"
  say "fine-tuning, practice: which of them is asked for, in a few sentences"
  finetune practised "$run/first" $practice_epochs 1e-3 "$run/practice.json"
  say "fine-tuning, whole passages"
  finetune finetuned "$run/practised" $epochs 1e-3 "$answers" "$run/longer.json"
fi

say "prompting"
"$bin/launcher" prompt --model "$run/finetuned" --dev "$data/qa/dev.json" \
  --output "$run/prompting" --precision bf16 \
  --compare "$run/finetuned/finetuned_predictions.json"
