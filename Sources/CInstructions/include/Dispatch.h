// Loops are written once and compiled once for each instruction set, in a file of their own for each:
//
//     AVX2.c:   #define COMPILED_FOR_AVX2
//               #include "AllLoops.h"
//
// AllLoops.h includes what the loops need of the system, then this file, then the loops, which are
// static functions of ordinary names; it ends with a table of pointers to them, `SUFFIXED(name)`, and
// `#pragma clang attribute pop`. Whoever calls the loops takes the table with `TABLE_FOR`.
//
// While loops are compiled, LANES is the number of floats in a vector, REGISTERS the number of vectors that
// registers hold, and HAS_AVX512 and HAS_BFLOAT16 whether there are instructions of that kind.
//
// Wherever there are fused multiply-adds a vector has 16 lanes, two registers of AVX2: the same numbers are
// then added in the same order as with AVX-512, and the bits are the same.

#include "InstructionSet.h"

#if defined(__x86_64__)

/// Declares the tables of loops that the sets have.
#define DECLARE_TABLES(type, name) \
  extern const type name##_baseline, name##_avx2, name##_avx512, name##_avx512_bf16

/// The address of the table of an instruction set.
#define TABLE_FOR(set, name)                          \
  ((set) == PARABLE_AVX512_BF16 ? &name##_avx512_bf16 \
   : (set) == PARABLE_AVX512    ? &name##_avx512      \
   : (set) == PARABLE_AVX2      ? &name##_avx2        \
                                : &name##_baseline)

#else

#define DECLARE_TABLES(type, name) extern const type name##_baseline
#define TABLE_FOR(set, name) ((void)(set), &name##_baseline)

#endif

#if defined(COMPILED_FOR_AVX512_BF16)

#define SUFFIXED(name) name##_avx512_bf16
#define LANES 16
#define REGISTERS 32
#define HAS_AVX512 1
#define HAS_BFLOAT16 1
#pragma clang attribute push( \
    __attribute__((target("arch=x86-64-v4,avx512bf16"), min_vector_width(512))), apply_to = function)

#elif defined(COMPILED_FOR_AVX512)

#define SUFFIXED(name) name##_avx512
#define LANES 16
#define REGISTERS 32
#define HAS_AVX512 1
#define HAS_BFLOAT16 0
#pragma clang attribute push( \
    __attribute__((target("arch=x86-64-v4"), min_vector_width(512))), apply_to = function)

#elif defined(COMPILED_FOR_AVX2)

#define SUFFIXED(name) name##_avx2
#define LANES 16
#define REGISTERS 8
#define HAS_AVX512 0
#define HAS_BFLOAT16 0
// How vectors that are wider than registers pass from function to function: all of them are inlined.
#pragma clang diagnostic ignored "-Wpsabi"
#pragma clang attribute push( \
    __attribute__((target("arch=x86-64-v3"), min_vector_width(256))), apply_to = function)

#elif defined(COMPILED_FOR_BASELINE)

#define SUFFIXED(name) name##_baseline
#define LANES 4
#define REGISTERS 16
#define HAS_AVX512 0
#define HAS_BFLOAT16 0
#pragma clang attribute push

#endif
