#!/usr/bin/env bash
# Proves that other tokenizers read what Parable writes: Hugging Face's `tokenizers` loads the
# tokenizer.json, tiktoken the ranks, and both give the same ids. Installs them in a virtual
# environment of its own.
# usage: check_interchange.sh TOKENIZER_DIR FILE
#   TOKENIZER_DIR  any tokenizer that the worker loads; it is converted first
#   FILE           a text, or lines of {"text": …, "ids": […]} (name ending in .jsonl)
set -euo pipefail
[ $# -eq 2 ] || { echo "check_interchange: the command line: no files given; give TOKENIZER_DIR FILE" >&2; exit 2; }
tokenizer=$1 file=$2
root=$(cd "$(dirname "$0")/.." && pwd)
environment=${XDG_CACHE_HOME:-$HOME/.cache}/parable-interchange
if [ ! -x "$environment/bin/python" ]; then python3 -m venv "$environment"; fi
"$environment/bin/python" -c 'import tokenizers, tiktoken' 2>/dev/null ||
  "$environment/bin/pip" install --quiet tokenizers tiktoken
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$root/.build/release/worker" convert-tokenizer --tokenizer "$tokenizer" --output "$work" > /dev/null
"$environment/bin/python" - "$root/.build/release/worker" "$work" "$file" <<'PY'
import base64, json, subprocess, sys
import tiktoken
from tokenizers import Tokenizer

worker, folder, path = sys.argv[1:]
hugging = Tokenizer.from_file(folder + "/tokenizer.json")
special = {token.content: id_ for id_, token in hugging.get_added_tokens_decoder().items()}
with open(folder + "/tokenizer.tiktoken") as lines:
    ranks = {base64.b64decode(token): int(rank) for token, rank in map(str.split, lines)}
pattern = r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
openai = tiktoken.Encoding("ours", pat_str=pattern, mergeable_ranks=ranks, special_tokens=special)


def ours(text):
    result = subprocess.run([worker, "encode", "--tokenizer", folder], input=text.encode(),
                            stdout=subprocess.PIPE, check=True)
    return json.loads(result.stdout)


if path.endswith(".jsonl"):
    cases = [json.loads(line) for line in open(path, encoding="utf-8")]
else:
    cases = [{"text": open(path, encoding="utf-8", newline="").read()}]
count = 0
for number, case in enumerate(cases, 1):
    # What stands for no character (a lone half of a pair) cannot be passed on as UTF-8.
    text = case["text"].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    # Without special tokens in the expected ids they are plain text there.
    ids = ours(text)
    if "ids" in case and not any(token in text for token in special):
        assert ids == case["ids"], f"case {number}: other ids than expected"
    assert hugging.encode(text, add_special_tokens=False).ids == ids, f"case {number}: tokenizers"
    assert openai.encode(text, allowed_special="all") == ids, f"case {number}: tiktoken"
    assert hugging.decode(ids, skip_special_tokens=False) == text, f"case {number}: decoding"
    count += len(ids)
print(f"{len(cases)} texts, {count} ids, the same from tokenizers and tiktoken")
PY
