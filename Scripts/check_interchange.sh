#!/usr/bin/env bash
# Proves that other tokenizers read what Parable writes: Hugging Face's `tokenizers` loads the
# tokenizer.json and gives the same ids. Installs it in a virtual environment of its own.
# usage: check_interchange.sh TOKENIZER_DIR TEXT_FILE
set -euo pipefail
tokenizer=$1 text=$2
root=$(cd "$(dirname "$0")/.." && pwd)
environment=${XDG_CACHE_HOME:-$HOME/.cache}/parable-interchange
if [ ! -x "$environment/bin/python" ]; then python3 -m venv "$environment"; fi
"$environment/bin/python" -c 'import tokenizers' 2>/dev/null ||
  "$environment/bin/pip" install --quiet tokenizers
"$root/.build/release/worker" encode --tokenizer "$tokenizer" < "$text" > "$environment/ids.json"
"$environment/bin/python" - "$tokenizer" "$text" "$environment/ids.json" <<'PY'
import json, sys
from tokenizers import Tokenizer
text = open(sys.argv[2], encoding="utf-8", newline="").read()
theirs = Tokenizer.from_file(sys.argv[1] + "/tokenizer.json").encode(text, add_special_tokens=False)
ours = json.load(open(sys.argv[3]))
assert theirs.ids == ours, "the ids differ"
assert Tokenizer.from_file(sys.argv[1] + "/tokenizer.json").decode(ours, skip_special_tokens=False) == text
print(f"{len(ours)} ids, all the same")
PY
