# What runs share: stages that are left out once done, and go on where they were interrupted.
# Expects the folder of the run in $run and that of the programs in $bin.

# usage: stage TEXT
stage() { printf '\n== %s (%s)\n' "$1" "$(date +%T)"; }

# usage: pretrain OPTION...
# Into $run/pretrained.
pretrain() {
  if [ -f "$run/pretrained/done" ]; then return; fi
  if [ -f "$run/pretrained/latest" ]; then
    "$bin/launcher" pretrain --run "$run/pretrained" --resume
  else
    rm -rf "${run:?}/pretrained"
    "$bin/launcher" pretrain --run "$run/pretrained" "$@"
  fi
  touch "$run/pretrained/done"
}

# usage: finetune NAME MODEL EPOCHS OPTION...
# From $run/MODEL into $run/NAME.
finetune() {
  local name=$1 model=$2 epochs=$3
  shift 3
  if [ -f "$run/$name/finetuned_predictions.json" ]; then return; fi
  if [ -f "$run/$name/latest" ]; then
    "$bin/launcher" finetune --output "$run/$name" --resume
    return
  fi
  rm -rf "${run:?}/$name"
  "$bin/launcher" finetune --model "$run/$model" --output "$run/$name" --epochs "$epochs" \
    --precision bf16 --format question-twice --patience 5 "$@"
}
