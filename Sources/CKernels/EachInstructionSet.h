// Compiles the file named by LOOPS once for every instruction set. A function of it that is defined
// as VARIANT(name) becomes name_avx512_bf16, name_avx512, name_avx2 and name_baseline, and
// DISPATCH(name, arguments…) returns the result of the one in use.
//
// LANES is the number of floats in a vector, REGISTERS the number of vector registers, HAS_BFLOAT16
// whether there are instructions for bfloat16.

#include "InstructionSet.h"

#if defined(__x86_64__)

#include <immintrin.h>

#pragma clang attribute push( \
    __attribute__((target("arch=x86-64-v4,avx512bf16"), min_vector_width(512))), apply_to = function)
#define VARIANT(name) name##_avx512_bf16
#define LANES 16
#define REGISTERS 32
#define HAS_BFLOAT16 1
#include "Vectors.h"
#include LOOPS
#undef VARIANT
#undef LANES
#undef REGISTERS
#undef HAS_BFLOAT16
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("arch=x86-64-v4"), min_vector_width(512))), apply_to = function)
#define VARIANT(name) name##_avx512
#define LANES 16
#define REGISTERS 32
#define HAS_BFLOAT16 0
#include "Vectors.h"
#include LOOPS
#undef VARIANT
#undef LANES
#undef REGISTERS
#undef HAS_BFLOAT16
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("arch=x86-64-v3"), min_vector_width(256))), apply_to = function)
#define VARIANT(name) name##_avx2
#define LANES 8
#define REGISTERS 16
#define HAS_BFLOAT16 0
#include "Vectors.h"
#include LOOPS
#undef VARIANT
#undef LANES
#undef REGISTERS
#undef HAS_BFLOAT16
#pragma clang attribute pop

#define DISPATCH(name, ...)                                              \
  switch (parable_active_instruction_set()) {                            \
    case PARABLE_AVX512_BF16: return name##_avx512_bf16(__VA_ARGS__);    \
    case PARABLE_AVX512: return name##_avx512(__VA_ARGS__);              \
    case PARABLE_AVX2: return name##_avx2(__VA_ARGS__);                  \
    case PARABLE_BASELINE: break;                                        \
  }                                                                      \
  return name##_baseline(__VA_ARGS__)

#else

#define DISPATCH(name, ...) return name##_baseline(__VA_ARGS__)

#endif

#define VARIANT(name) name##_baseline
#define LANES 4
#define REGISTERS 16
#define HAS_BFLOAT16 0
#include "Vectors.h"
#include LOOPS
