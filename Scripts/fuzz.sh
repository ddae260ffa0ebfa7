#!/usr/bin/env bash
# Feeds each parser with inputs that nobody has checked: libFuzzer chooses them by the code that they
# reach, where the toolchain has it, else they are changed at random.
#
# usage: Scripts/fuzz.sh SECONDS [TARGET...]
#
# An input that ends the process is left in .build/fuzzer/found; `Fuzz TARGET --replay FILE` feeds it alone.
# What libFuzzer has found to be of interest stays in .build/fuzzer/corpus for the next time.
set -euo pipefail
cd "$(dirname "$0")/.."
swift=${SWIFT:-swift}
seconds=${1:-600}
shift || true
build=.build/fuzzer
kept=Tests/Fuzzing/Corpus
mkdir -p "$build/found"

if PARABLE_LIBFUZZER=1 $swift build -c release --sanitize fuzzer --product Fuzz --scratch-path "$build"; then
  program=$(PARABLE_LIBFUZZER=1 $swift build -c release --sanitize fuzzer --scratch-path "$build" --show-bin-path)/Fuzz
  library=1
else
  echo 'fuzz: this toolchain has no libFuzzer; inputs are changed at random'
  $swift build -c release --product Fuzz
  program=$($swift build -c release --show-bin-path)/Fuzz
  library=
fi

failed=()
for target in ${@:-$(ls "$kept")}; do
  if [ -n "$library" ]; then
    mkdir -p "$build/corpus/$target"
    PARABLE_FUZZ_TARGET=$target "$program" "$build/corpus/$target" "$kept/$target" -max_total_time="$seconds" -max_len=4096 \
      -timeout=20 -malloc_limit_mb=64 -rss_limit_mb=2048 -artifact_prefix="$build/found/$target-" \
      -print_final_stats=1 -verbosity=0 || failed+=("$target")
  else
    "$program" "$target" "$kept/$target" --seconds "$seconds" --keep "$build/found/$target" || failed+=("$target")
  fi
done
if [ ${#failed[@]} -gt 0 ]; then
  echo "fuzz: failed: ${failed[*]}; inputs are in $build/found"
  exit 1
fi
echo 'fuzz: nothing was found'
