#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/// The length of the valid UTF-8 sequence at `p` of which `left` bytes are there, and its code point;
/// 0 where it may still become valid with more bytes; -1 where the first byte belongs to none.
static inline int parable_decode_utf8(const uint8_t *p, size_t left, uint32_t *code_point) {
  uint32_t first = p[0];
  if (first < 0x80) {
    *code_point = first;
    return 1;
  }
  if (first < 0xC2 || first > 0xF4) return -1;
  int length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (left < 2) return 0;
  uint32_t second = p[1];
  // Overlong forms, surrogates and code points beyond U+10FFFF show in the second byte.
  uint32_t low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  uint32_t high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (second < low || second > high) return -1;
  uint32_t value = (first & (0x7Fu >> length)) << 6 | (second & 0x3F);
  for (int i = 2; i < length; i++) {
    if ((size_t)i >= left) return 0;
    if ((p[i] & 0xC0) != 0x80) return -1;
    value = value << 6 | (p[i] & 0x3F);
  }
  *code_point = value;
  return length;
}

/// How many of these bytes belong to no valid UTF-8 sequence.
static inline size_t parable_count_invalid_utf8(const uint8_t *bytes, size_t count) {
  size_t invalid = 0;
  for (size_t i = 0; i < count;) {
    uint64_t eight;
    if (i + 8 <= count && (memcpy(&eight, bytes + i, 8), (eight & 0x8080808080808080) == 0)) {
      i += 8;
      continue;
    }
    uint32_t code_point;
    int length = parable_decode_utf8(bytes + i, count - i, &code_point);
    invalid += length <= 0;
    i += length > 0 ? (size_t)length : 1;
  }
  return invalid;
}
