#pragma once

#include "Dispatch.h"
#include "Merge.h"
#include "Scan.h"

/// The loops behind the public functions `parable_…` of the same names and arguments, for one
/// instruction set.
typedef struct {
  __typeof__(parable_scan_words) *scan_words;
  __typeof__(parable_find_any) *find_any;
  __typeof__(parable_merge_word) *merge_word;
} text_loops;

DECLARE_TABLES(text_loops, parable_text_loops);
