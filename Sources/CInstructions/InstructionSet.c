#include "InstructionSet.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

// What the environment asks for, found once, and what a thread has chosen instead. A choice for all
// threads would let a test that compares the variants change the bits of whatever runs beside it.
static _Atomic int standard = -1;
static _Thread_local int selected = -1;
static _Thread_local int portable = 0;

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

static parable_instruction_set lowered(parable_instruction_set set) {
  parable_instruction_set supported = parable_supported_instruction_set();
  return set < supported ? set : supported;
}

void parable_select_instruction_set(parable_instruction_set set) { selected = lowered(set); }

int parable_is_portable(void) { return portable; }

void parable_select_portable(int is_portable) { portable = is_portable; }

// The dot product of bfloat16 rounds in a way of its own.
static parable_instruction_set allowed(int set) {
  return (parable_instruction_set)(portable && set > PARABLE_AVX512 ? PARABLE_AVX512 : set);
}

parable_instruction_set parable_active_instruction_set(void) {
  if (selected >= 0) return allowed(selected);
  int set = atomic_load_explicit(&standard, memory_order_relaxed);
  if (set < 0) {
    set = lowered(requested());
    atomic_store_explicit(&standard, set, memory_order_relaxed);
  }
  return allowed(set);
}
