#include "InstructionSet.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static _Atomic int selected = -1;

parable_instruction_set parable_supported_instruction_set(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl")) {
    return __builtin_cpu_supports("avx512bf16") ? PARABLE_AVX512_BF16 : PARABLE_AVX512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
      __builtin_cpu_supports("bmi2")) {
    return PARABLE_AVX2;
  }
#endif
  return PARABLE_BASELINE;
}

static parable_instruction_set requested(void) {
  const char *name = getenv("PARABLE_INSTRUCTIONS");
  if (name == NULL) return PARABLE_AVX512_BF16;
  if (strcmp(name, "baseline") == 0) return PARABLE_BASELINE;
  if (strcmp(name, "avx2") == 0) return PARABLE_AVX2;
  if (strcmp(name, "avx512") == 0) return PARABLE_AVX512;
  return PARABLE_AVX512_BF16;
}

void parable_select_instruction_set(parable_instruction_set set) {
  parable_instruction_set supported = parable_supported_instruction_set();
  atomic_store_explicit(&selected, set < supported ? set : supported, memory_order_relaxed);
}

parable_instruction_set parable_active_instruction_set(void) {
  int set = atomic_load_explicit(&selected, memory_order_relaxed);
  if (set < 0) {
    parable_select_instruction_set(requested());
    set = atomic_load_explicit(&selected, memory_order_relaxed);
  }
  return (parable_instruction_set)set;
}
