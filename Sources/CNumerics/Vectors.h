// Vectors of LANES floats.
//
// All loops are written with these instead of left to the vectoriser: which element is added to which
// is then part of the source, and a result depends neither on the alignment of a buffer nor on the
// compiler's taste.

#include "BFloat16.h"
#include "Views.h"

#define INLINE static inline __attribute__((always_inline, unused))
#define OUTLINE static __attribute__((noinline))
#define LINE_FLOATS 16  // of a cache line

/// Calls a function with a storage, which is a constant in each copy of its body, and what follows.
#define WITH_STORAGE(storage, function, ...)         \
  do {                                               \
    if ((storage) == PARABLE_BFLOAT16) {             \
      function(PARABLE_BFLOAT16, __VA_ARGS__);       \
    } else {                                         \
      function(PARABLE_FLOAT, __VA_ARGS__);          \
    }                                                \
  } while (0)

typedef float vector __attribute__((vector_size(4 * LANES)));
typedef int32_t integers __attribute__((vector_size(4 * LANES)));
typedef uint32_t patterns __attribute__((vector_size(4 * LANES)));  // the bits of floats
typedef uint16_t halves __attribute__((vector_size(2 * LANES)));
typedef double doubles __attribute__((vector_size(8 * LANES)));

INLINE vector fill(float value) { return value - (vector){}; }

/// Each lane of `a` where the mask's lane is −1, of `b` where it is 0.
INLINE vector where(integers mask, vector a, vector b) {
  return (vector)((mask & (integers)a) | (~mask & (integers)b));
}

/// The larger of two numbers; `b` where one of them is a NaN.
INLINE vector larger(vector a, vector b) { return where(a > b, a, b); }

INLINE vector load(const float *from) {
  vector result;
  __builtin_memcpy(&result, from, sizeof result);
  return result;
}

INLINE void store(float *to, vector value) { __builtin_memcpy(to, &value, sizeof value); }

/// The first `count` < LANES elements, zeros behind them; nothing behind them is touched.
INLINE vector load_first(const float *from, ptrdiff_t count) {
#if HAS_AVX512
  return (vector)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), from);
#else
  vector result = {};
  for (ptrdiff_t i = 0; i < count; i++) result[i] = from[i];
  return result;
#endif
}

INLINE void store_first(float *to, vector value, ptrdiff_t count) {
#if HAS_AVX512
  _mm512_mask_storeu_ps(to, (__mmask16)((1u << count) - 1), (__m512)value);
#else
  for (ptrdiff_t i = 0; i < count; i++) to[i] = value[i];
#endif
}

INLINE halves load_halves_first(const uint16_t *from, ptrdiff_t count) {
#if HAS_AVX512
  return (halves)_mm256_maskz_loadu_epi16((__mmask16)((1u << count) - 1), from);
#else
  halves result = {};
  for (ptrdiff_t i = 0; i < count; i++) result[i] = from[i];
  return result;
#endif
}

INLINE void store_halves_first(uint16_t *to, halves value, ptrdiff_t count) {
#if HAS_AVX512
  _mm256_mask_storeu_epi16(to, (__mmask16)((1u << count) - 1), (__m256i)value);
#else
  for (ptrdiff_t i = 0; i < count; i++) to[i] = value[i];
#endif
}

/// bfloat16 to float: exact.
INLINE vector widened(halves bits) {
  return (vector)(__builtin_convertvector(bits, integers) << 16);
}

/// float to bfloat16: the nearest, ties to even; a NaN stays one.
INLINE halves rounded(vector value) {
  patterns bits = (patterns)value;
  patterns is_nan = (patterns)(value != value);
  integers above = (integers)PARABLE_BFLOAT16_ABOVE(bits, is_nan);
  return __builtin_convertvector(above >> 16, halves);
}

/// The same by the processor's own instruction where it has one, which takes subnormal numbers as
/// zeros.
INLINE halves narrowed(vector value) {
#if HAS_BFLOAT16
  return (halves)_mm512_cvtneps_pbh((__m512)value);
#else
  return rounded(value);
#endif
}

/// Up to LANES elements from `index` on: `left` is the number of elements that the row still has.
INLINE vector get(parable_storage storage, const void *base, ptrdiff_t index, ptrdiff_t left) {
  if (storage == PARABLE_FLOAT) {
    const float *from = (const float *)base + index;
    return left >= LANES ? load(from) : load_first(from, left);
  }
  const uint16_t *from = (const uint16_t *)base + index;
  halves bits;
  if (left >= LANES) {
    __builtin_memcpy(&bits, from, sizeof bits);
  } else {
    bits = load_halves_first(from, left);
  }
  return widened(bits);
}

INLINE void put(parable_storage storage, void *base, ptrdiff_t index, ptrdiff_t left,
                vector value) {
  if (storage == PARABLE_FLOAT) {
    float *to = (float *)base + index;
    if (left >= LANES) {
      store(to, value);
    } else {
      store_first(to, value, left);
    }
    return;
  }
  uint16_t *to = (uint16_t *)base + index;
  halves bits = narrowed(value);
  if (left >= LANES) {
    __builtin_memcpy(to, &bits, sizeof bits);
  } else {
    store_halves_first(to, bits, left);
  }
}

/// The sum of the lanes, halves folded onto each other.
INLINE float sum_of(vector value) {
  float lanes[LANES];
  store(lanes, value);
  for (int width = LANES / 2; width > 0; width /= 2) {
    for (int i = 0; i < width; i++) lanes[i] += lanes[i + width];
  }
  return lanes[0];
}

/// By reference, since such a vector is wider than the registers.
INLINE double sum_of_doubles(const doubles *value) {
  double lanes[LANES];
  __builtin_memcpy(lanes, value, sizeof *value);
  for (int width = LANES / 2; width > 0; width /= 2) {
    for (int i = 0; i < width; i++) lanes[i] += lanes[i + width];
  }
  return lanes[0];
}

INLINE float largest_of(vector value) {
  float largest = value[0];
  for (int i = 1; i < LANES; i++) largest = value[i] > largest ? value[i] : largest;
  return largest;
}

INLINE vector square_root(vector value) { return __builtin_elementwise_sqrt(value); }

/// The nearest whole number, as a float with 1.5·2²³ added: the whole number itself is then in the
/// low bits. For numbers below 2²¹ in size.
#define ROUNDING 12582912.0f

/// value · 2^n for n = (rounded − ROUNDING), with infinities and gradual underflow as IEEE says.
INLINE vector times_power_of_two(vector value, vector rounded) {
#if HAS_AVX512
  return (vector)_mm512_scalef_ps((__m512)value, (__m512)(rounded - ROUNDING));
#else
  // In two steps, since 2^n itself may be outside of the normal numbers.
  integers n = (integers)rounded - (integers)fill(ROUNDING);
  integers first = n >> 1;
  integers second = n - first;
  return value * (vector)((first + 127) << 23) * (vector)((second + 127) << 23);
#endif
}

/// 2^x to about one unit in the last place; 0 for −∞, ∞ from 128 on, NaN for NaN.
///
/// x = n + f with |f| ≤ ½; 2^f is a polynomial of degree 6 that minimises the relative error.
INLINE vector power_of_two(vector x) {
  // Comparisons that a NaN fails let it through.
  x = where(x < -152.0f, fill(-152.0f), x);
  x = where(x > 129.0f, fill(129.0f), x);
  vector rounded = x + ROUNDING;
  vector f = x - (rounded - ROUNDING);
  vector p = fill(0.000153264729f);
  p = p * f + 0.00133908074f;
  p = p * f + 0.00961850584f;
  p = p * f + 0.0555035993f;
  p = p * f + 0.240226477f;
  p = p * f + 0.693147182f;
  p = p * f + 1.0f;
  return times_power_of_two(p, rounded);
}

/// eˣ to about one unit in the last place; 0 for −∞, ∞ from 88.73 on, NaN for NaN.
///
/// x = n·ln 2 + r with |r| ≤ ½ ln 2, where ln 2 is taken in two parts so that n times the first is
/// exact; eʳ is a polynomial of degree 6 that minimises the relative error.
INLINE vector exponential(vector x) {
  x = where(x < -105.0f, fill(-105.0f), x);
  x = where(x > 90.0f, fill(90.0f), x);
  vector rounded = x * 1.44269504f + ROUNDING;
  vector n = rounded - ROUNDING;
  vector r = x - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  vector p = fill(0.00138212356f);
  p = p * r + 0.00836866628f;
  p = p * r + 0.0416682586f;
  p = p * r + 0.166665211f;
  p = p * r + 0.49999994f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  return times_power_of_two(p, rounded);
}
