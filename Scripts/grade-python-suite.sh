#!/usr/bin/env bash
# Grades Parable by the Python tests of a course's starter repository.
#
# usage: Scripts/grade-python-suite.sh DIR
#
# DIR has part1, part2 and part3 with tests/ in each; it stays as it is. A copy gets the files of
# Grading/ in the places where solutions go, and pytest runs once in each part. Needs python3 with
# venv, and the network the first time.
#
#   PARABLE_WORKER  the worker to grade (left out: a release build of this package)
#   PARABLE_VENV    the virtual environment (left out: a folder in the user's cache)
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
fail() {
  echo "grade-python-suite: $1" >&2
  exit "${2:-1}"
}

[ $# -eq 1 ] || fail "the command line: no suite given; write Scripts/grade-python-suite.sh DIR" 2
suite=$1
for part in part1 part2 part3; do
  [ -d "$suite/$part/tests" ] ||
    fail "$suite: there is no $part/tests; name a checkout of the starter repository"
done

if [ -z "${PARABLE_WORKER:-}" ]; then
  swift build --package-path "$root" -c release --product worker >&2
  PARABLE_WORKER=$(swift build --package-path "$root" -c release --show-bin-path)/worker
fi
[ -x "$PARABLE_WORKER" ] || fail "$PARABLE_WORKER: no program; build the worker first"
PARABLE_WORKER=$(realpath "$PARABLE_WORKER")
export PARABLE_WORKER

venv=${PARABLE_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/parable-grading}
python=$venv/bin/python
[ -x "$python" ] || python3 -m venv "$venv" ||
  fail "$venv: no virtual environment; install python3-venv"
install() { "$python" -m pip install --quiet --disable-pip-version-check "$@" >&2; }
"$python" -c 'import numpy, pytest' 2>/dev/null || install numpy pytest
# The wheels for CPUs alone are a tenth as large.
"$python" -c 'import torch' 2>/dev/null ||
  install torch --index-url https://download.pytorch.org/whl/cpu || install torch
[ ! -f "$suite/requirements.txt" ] || install -r "$suite/requirements.txt"
# Snapshots in this format are syrupy's, which starter repositories forget to require.
if [ -n "$(find "$suite" -name '*.ambr' -print -quit)" ]; then
  "$python" -c 'import syrupy' 2>/dev/null || install syrupy
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -R "$suite/." "$work/suite"
mkdir "$work/reports"
for file in part1/tokenizer.py part1/train_bpe.py part2/model.py part2/tests/adapters.py \
  part3/nn_utils.py part3/tests/adapters.py; do
  cp "$root/Grading/$file" "$work/suite/$file"
done

export PYTHONPATH=$root/Grading PYTHONDONTWRITEBYTECODE=1
for part in part1 part2 part3; do
  echo "== $part"
  (cd "$work/suite/$part" && "$python" -m pytest -q -p tiktoken_offline -p no:cacheprovider \
    --rootdir . --junitxml "$work/reports/$part.xml") || true
done
echo "== score"
[ ! -d "$suite/part4" ] || echo "part4: not bridged, its classes train PyTorch networks"
"$python" "$root/Grading/score.py" "$work"/reports/part{1,2,3}.xml
