#!/usr/bin/env bash
# Builds with a sanitizer, in a folder of its own, and runs the tests: `address`, with the C targets under the
# undefined-behaviour sanitizer too, or `thread`. Without a name both, one after the other.
#
# usage: Scripts/check-sanitizers.sh [address|thread] [OPTION OF swift test...]
#
# The builds are .build/address and .build/thread. Each process writes what is found in it into a file
# below their folder `reports`, also the programs that tests start, under mpirun too: whatever a test makes
# of their exit codes, one report is a failure. What is not this package's to mend is in
# Scripts/sanitizers, by name and with the reason. Tests that a sanitizer forbids are skipped and listed.
set -uo pipefail
cd "$(dirname "$0")/.."
swift=${SWIFT:-swift}

case ${1-} in
  address | thread) name=$1 && shift ;;
  *)
    status=0
    "$0" address "$@" || status=1
    "$0" thread "$@" || status=1
    exit "$status"
    ;;
esac

build=$PWD/.build/$name
reports=$build/reports
rm -rf "$reports"
mkdir -p "$reports"

# Of the toolchain, since one of another version may not know its debugging information.
tools=$(dirname "$(realpath "$(command -v "${swift%% *}")")")
common="log_path='$reports/report':exitcode=66:print_stacktrace=1"
[ ! -x "$tools/llvm-symbolizer" ] || common+=":external_symbolizer_path='$tools/llvm-symbolizer'"
# Memory that is not to be had is refused as the system does, for which there are tests.
export ASAN_OPTIONS="$common:allocator_may_return_null=1"
export LSAN_OPTIONS="print_suppressions=0:suppressions='$PWD/Scripts/sanitizers/leaks.supp'"
export UBSAN_OPTIONS="$common"
export TSAN_OPTIONS="$common:allocator_may_return_null=1:suppressions='$PWD/Scripts/sanitizers/races.supp'"

# UCX, a part of Open MPI, would overwrite the first instructions of mmap, which are the sanitizer's: a crash.
export UCX_MEM_MMAP_HOOK_MODE=none

flags=(--sanitize "$name")
# The runtime of the address sanitizer has the other one in it.
[ "$name" != address ] || flags+=(-Xcc -fsanitize=undefined -Xcc -fno-sanitize-recover=undefined)

Scripts/run-tests.sh --scratch-path "$build" "${flags[@]}" \
  --explicit-target-dependency-import-check error "$@"
status=$?

# A process that crashes once more while it reports has no summary.
found=$(grep -lrsE '^SUMMARY: |==ERROR: ' "$reports" | sort)
if [ -n "$found" ]; then
  printf '\n'
  # The same fault is found by many processes.
  grep -hsE '^SUMMARY: ' $found | sort | uniq -c | sort -rn
  printf '\nThe first one:\n'
  head -n 60 "$(printf '%s\n' "$found" | head -n 1)"
  echo "check-sanitizers: $name: $(printf '%s\n' "$found" | wc -l) processes reported; see $reports"
  exit 1
fi
[ "$status" = 0 ] && echo "check-sanitizers: $name: nothing was found"
exit "$status"
