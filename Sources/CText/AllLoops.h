// The loops of this target for one instruction set: see Dispatch.h.

#include <stdbool.h>
#include <string.h>

#include "LoopTable.h"
#include "UTF8.h"

#include "MergeLoops.h"
#include "ScanLoops.h"

const text_loops SUFFIXED(parable_text_loops) = {
    .scan_words = scan_words, .find_any = find_any, .merge_word = merge_word};

#pragma clang attribute pop
