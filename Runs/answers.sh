#!/usr/bin/env bash
# From texts and questions to two files of answers: tokenizer, pre-training, fine-tuning, prompting.
#
# usage: Runs/answers.sh [--quick] [DATA] [RUN]
#   DATA  a folder like ../shared/data: tinystories/train.txt, qa/train_answers.json, qa/dev.json
#   RUN   where everything goes (runs/answers or runs/answers-quick); an interrupted run goes on
# Results: RUN/finetuned/finetuned_predictions.json and RUN/prompting/prompting_predictions.json.
# On two cores without bfloat16 it takes 100 minutes, with it less than 45; --quick
# takes each stage shorter, to see that everything works, in ten minutes at most.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
quick=
if [ "${1-}" = --quick ]; then
  quick=yes
  shift
fi
data=${1:-$root/../shared/data}
run=${2:-runs/answers${quick:+-quick}}
bin=${PARABLE_BIN:-$root/.build/release}
source "$root/Runs/stages.sh"
for file in tinystories/train.txt qa/train_answers.json qa/dev.json; do
  [ -f "$data/$file" ] || {
    echo "answers: $data: no $file; name a folder of this form" >&2
    exit 1
  }
done
mkdir -p "$run"

if [ $quick ]; then
  short=4000 longer=100 documents=5000 stories=2000000 pretrain_steps=80 whole_epochs=1
  epoch=(--epoch-questions 1800) whole_epoch=("${epoch[@]}")
else
  short=60000 longer=16000 documents=20000 stories=8000000 pretrain_steps=400 whole_epochs=5
  epoch=() whole_epoch=(--epoch-questions 18000)
fi
network=(--width 192 --layers 4 --heads 4 --hidden 512 --context 384 --rope-theta 1000000
  --initialization induction --precision bf16)

answers=$data/qa/train_answers.json
dev=$data/qa/dev.json

stage "cloze questions and documents"
if [ ! -f "$run/documents.txt" ]; then
  "$bin/worker" cloze --questions "$answers" --count $short \
    --output "$run/short.json" --documents "$run/documents.tmp" --document-count $documents
  # Longer passages too, so that what is learned on a few sentences carries over.
  "$bin/worker" cloze --questions "$answers" --count $longer \
    --sentences 9 --seed 2 --output "$run/longer.json"
  head -c $stories "$data/tinystories/train.txt" > "$run/stories.txt"
  mv "$run/documents.tmp" "$run/documents.txt"
fi

stage "tokenizer and pre-training"
pretrain --corpus "$run/documents.txt" --corpus "$run/stories.txt" --vocabulary-size 6144 \
  "${network[@]}" --batch 16 --steps $pretrain_steps --learning-rate 2e-3 --save-every 200 --keep-checkpoints 2

stage "fine-tuning: which choices stand in the passage"
finetune first pretrained 1 "${epoch[@]}" --dev "$dev" --train "$answers" \
  --learning-rate 1e-3 --language-weight 0.2
stage "fine-tuning: which of them is asked for, in a few sentences"
finetune practised first 1 --dev "$dev" --train "$run/short.json" \
  --learning-rate 1e-3 --language-weight 0.2
stage "fine-tuning: whole passages"
finetune whole practised $whole_epochs "${whole_epoch[@]}" --dev "$dev" --train "$answers" \
  --train "$run/longer.json" --learning-rate 1e-3 --minimum-learning-rate 5e-5 --language-weight 0.5
stage "fine-tuning: the likelihood of a choice's text, by which prompting ranks, beside the classifier"
finetune finetuned whole 1 "${epoch[@]}" --dev "$dev" --train "$answers" --warmup-steps 10 \
  --learning-rate 4e-4 --minimum-learning-rate 2e-5 --language-weight 0.1 --ranking-weight 1

stage "prompting"
"$bin/launcher" prompt --model "$run/finetuned" --dev "$dev" \
  --output "$run/prompting" --precision bf16 \
  --compare "$run/finetuned/finetuned_predictions.json"
stage "done"
