#!/usr/bin/env bash
# Runs the tests, then lists those that were skipped with what each wants. The output ends with the
# test runner's own summary.
#
# usage: Scripts/run-tests.sh [--no-skips] [OPTION OF swift test...]
#
# --no-skips makes a skipped test a failure, but for what the processor lacks: that is what its
# reason begins with.
set -uo pipefail

may_skip=yes
if [ "${1-}" = --no-skips ]; then
  may_skip=
  shift
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
"${SWIFT:-swift}" test --disable-xctest "$@" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}

summary=$(grep -E 'Test run with [0-9]+ tests? ' "$log" | tail -n 1)
if [ -z "$summary" ]; then
  [ "$status" != 0 ] || echo "run-tests: swift test: it ran no test; see above" >&2
  exit $((status ? status : 1))
fi

# Of a skipped suite every test has a line of its own.
skipped=$(sed -nE 's/^[^A-Za-z]*Test (.*) skipped(: "(.*)"|\.?)$/\3\t\1/p' "$log" | sort -u)
wanted=$(printf '%s' "$skipped" | grep -v '^the processor lacks ' | grep -c .)
if [ -n "$skipped" ]; then
  printf '\nSkipped, and why:\n'
  printf '%s\n' "$skipped" | awk -F '\t' '
    $1 != reason || NR == 1 { reason = $1; print "  " (reason == "" ? "no reason given" : reason) }
    { print "    " $2 }'
  echo
fi
if [ -z "$may_skip" ] && [ "$wanted" -gt 0 ]; then
  echo "run-tests: --no-skips: $wanted tests were skipped; install what they want (Scripts/setup-tests.sh)"
  [ "$status" != 0 ] || status=1
elif [ "$wanted" -gt 0 ]; then
  echo "Scripts/setup-tests.sh installs what can be installed."
fi
printf '%s\n' "$summary"
exit "$status"
