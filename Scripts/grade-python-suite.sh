#!/usr/bin/env bash
# Grades Parable by the Python tests of a course's starter repository.
#
# usage: Scripts/grade-python-suite.sh DIR
#
# DIR has part1, part2 and part3, and may have part4, with tests/ in each; it stays as it is. A copy
# gets the files of Grading/ in the places where solutions go, and pytest runs once in each part.
# Needs python3 with venv, and the network the first time.
#
#   PARABLE_WORKER  the worker to grade (left out: a release build of this package)
#   PARABLE_VENV    the virtual environment (left out: a folder in the user's cache)
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/Scripts/python-packages.sh"
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
make_environment "$venv" || fail "$venv: no virtual environment; install python3-venv"
need() { can_import "$python" "$1" || install_packages "$python" "$1" || fail "$venv: no $1; see above"; }
need numpy
need pytest
install_torch "$python" || fail "$venv: no torch; see above"
[ ! -f "$suite/requirements.txt" ] || install_packages "$python" -r "$suite/requirements.txt" ||
  fail "$suite/requirements.txt: pip cannot install it; see above"
# Snapshots in this format are syrupy's, which starter repositories forget to require.
[ -z "$(find "$suite" -name '*.ambr' -print -quit)" ] || need syrupy

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -R "$suite/." "$work/suite"
mkdir "$work/reports" "$work/bridge"
cp "$root"/Grading/*.py "$work/bridge"
parts=(part1 part2 part3)
[ ! -d "$suite/part4/tests" ] || parts+=(part4)
for part in "${parts[@]}"; do
  (cd "$root/Grading" && find "$part" -name '*.py' -exec cp --parents {} "$work/suite" \;)
done

# Parts name each other, from above them or as if they lay together.
export PYTHONPATH=$work/bridge:$work/suite:$work/suite/part3 PYTHONDONTWRITEBYTECODE=1
for part in "${parts[@]}"; do
  echo "== $part"
  (cd "$work/suite/$part" && "$python" -m pytest -q -p tiktoken_offline -p outcomes \
    -p no:cacheprovider --rootdir . --junitxml "$work/reports/$part.xml") || true
done
echo "== score"
"$python" "$root/Grading/score.py" $(printf "$work/reports/%s.xml " "${parts[@]}")
