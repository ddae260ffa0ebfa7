#pragma once

#include <stdint.h>
#include <string.h>

/// The bits of a float, or of a vector of them, so that the upper half is the nearest bfloat16, ties to
/// even.
///
/// `is_nan` is all ones for a NaN, else 0: a NaN stays one, since its quiet bit keeps the fraction
/// from becoming zero, which would be an infinity.
#define PARABLE_BFLOAT16_ABOVE(bits, is_nan) \
  (((is_nan) & ((bits) | 0x400000)) | (~(is_nan) & ((bits) + 0x7fff + ((bits) >> 16 & 1))))

/// The bits of the nearest bfloat16, ties to even; a NaN stays one.
static inline uint16_t parable_to_bfloat16(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  uint32_t is_nan = value != value ? ~0u : 0;
  return (uint16_t)(PARABLE_BFLOAT16_ABOVE(bits, is_nan) >> 16);
}

/// A bfloat16 as a float: exact, since it is the upper half of one.
static inline float parable_from_bfloat16(uint16_t half) {
  uint32_t bits = (uint32_t)half << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}
