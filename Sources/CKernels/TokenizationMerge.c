#include "TokenizationMerge.h"

#include <string.h>

#include "InstructionSet.h"

enum { LANES = 16 };
typedef int32_t ranks __attribute__((ext_vector_type(16), may_alias));

#define VARIANT(name) name##_baseline
#include "TokenizationMergeLoops.h"
#undef VARIANT

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#define VARIANT(name) name##_avx2
#include "TokenizationMergeLoops.h"
#undef VARIANT
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("arch=x86-64-v4"), min_vector_width(512))), \
                             apply_to = function)
#define VARIANT(name) name##_avx512
#include "TokenizationMergeLoops.h"
#undef VARIANT
#pragma clang attribute pop
#endif

size_t parable_merge_word(const parable_merge_table *table, const uint8_t *word, size_t length,
                          int32_t *ids) {
#if defined(__x86_64__)
  switch (parable_active_instruction_set()) {
    case PARABLE_AVX512_BF16:
    case PARABLE_AVX512:
      return merge_word_avx512(table, word, length, ids);
    case PARABLE_AVX2:
      return merge_word_avx2(table, word, length, ids);
    case PARABLE_BASELINE:
      break;
  }
#endif
  return merge_word_baseline(table, word, length, ids);
}
