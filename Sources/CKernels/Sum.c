#include "Sum.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "InstructionSet.h"

// Sums that wait for their partner stay in the first-level cache, and the streams from memory
// alternate often enough for the prefetchers: 64 to 128 floats measured best.
#define BLOCK 128

typedef float vector __attribute__((vector_size(64)));
typedef float unaligned_vector __attribute__((vector_size(64), aligned(4)));
#define VECTOR_FLOATS (sizeof(vector) / sizeof(float))

#define VARIANT(name) name##_baseline
#include "SumLoops.h"
#undef VARIANT

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#define VARIANT(name) name##_avx2
#include "SumLoops.h"
#undef VARIANT
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("arch=x86-64-v4"))), apply_to = function)
#define VARIANT(name) name##_avx512
#include "SumLoops.h"
#undef VARIANT
#pragma clang attribute pop
#endif

void parable_tree_sum(const float *const *sources, const int *merges, size_t sourceCount,
                      float *into, size_t count) {
  if (sourceCount == 1) {
    if (sources[0] != into) memcpy(into, sources[0], count * sizeof(float));
    return;
  }
  bool streaming = true;
  for (size_t s = 0; s < sourceCount; s++) streaming = streaming && sources[s] != into;

  parable_instruction_set set = parable_active_instruction_set();
#if defined(__x86_64__)
  if (set >= PARABLE_AVX512) {
    tree_sum_avx512(sources, merges, sourceCount, into, count, streaming);
  } else if (set >= PARABLE_AVX2) {
    tree_sum_avx2(sources, merges, sourceCount, into, count, streaming);
  } else {
    tree_sum_baseline(sources, merges, sourceCount, into, count, streaming);
  }
#else
  (void)set;
  tree_sum_baseline(sources, merges, sourceCount, into, count, streaming);
#endif
  // Streaming stores are not ordered with the stores of a barrier unless a fence does it.
#if defined(__x86_64__)
  if (streaming) __builtin_ia32_sfence();
#else
  if (streaming) atomic_thread_fence(memory_order_seq_cst);
#endif
}
