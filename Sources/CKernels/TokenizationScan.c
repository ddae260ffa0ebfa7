#include "TokenizationScan.h"

#include <string.h>

#include "InstructionSet.h"

typedef uint8_t bytes64 __attribute__((vector_size(64)));
typedef bool bits64 __attribute__((ext_vector_type(64)));

// The length of the valid UTF-8 sequence at `p` of which `left` bytes are there, and its code point;
// 0 where it may still become valid with more bytes; -1 where the first byte belongs to none.
static inline int decode(const uint8_t *p, size_t left, uint32_t *code_point) {
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

// The length of the contraction whose apostrophe is at `p`, 0 where there is none, -1 where that
// depends on bytes that are not there yet.
static inline int contraction(const uint8_t *p, size_t left, bool complete) {
  if (left < 2) return complete ? 0 : -1;
  uint8_t a = p[1];
  if (a == 's' || a == 't' || a == 'd' || a == 'm') return 2;
  if (a != 'l' && a != 'v' && a != 'r') return 0;
  if (left < 3) return complete ? 0 : -1;
  return p[2] == (a == 'l' ? 'l' : 'e') ? 3 : 0;
}

static inline uint8_t ascii_class(uint8_t c) {
  if ((uint8_t)((c | 0x20) - 'a') < 26) return PARABLE_CLASS_LETTER;
  if ((uint8_t)(c - '0') < 10) return PARABLE_CLASS_NUMBER;
  if (c == ' ') return PARABLE_CLASS_SPACE;
  return (uint8_t)(c - 9) < 5 ? PARABLE_CLASS_WHITE : PARABLE_CLASS_OTHER;
}

#define VARIANT(name) name##_baseline
#include "TokenizationScanLoops.h"
#undef VARIANT

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#define VARIANT(name) name##_avx2
#include "TokenizationScanLoops.h"
#undef VARIANT
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("arch=x86-64-v4"))), apply_to = function)
#define VARIANT(name) name##_avx512
#include "TokenizationScanLoops.h"
#undef VARIANT
#pragma clang attribute pop
#endif

size_t parable_scan_words(const uint8_t *bytes, size_t count, bool complete,
                          const parable_character_classes *classes, parable_scan_state *state,
                          uint32_t *starts, size_t capacity) {
#if defined(__x86_64__)
  switch (parable_active_instruction_set()) {
    case PARABLE_AVX512_BF16:
    case PARABLE_AVX512:
      return scan_words_avx512(bytes, count, complete, classes, state, starts, capacity);
    case PARABLE_AVX2:
      return scan_words_avx2(bytes, count, complete, classes, state, starts, capacity);
    case PARABLE_BASELINE:
      break;
  }
#endif
  return scan_words_baseline(bytes, count, complete, classes, state, starts, capacity);
}

size_t parable_find_any(const uint8_t *bytes, size_t from, size_t count, const uint8_t *choices,
                        size_t choice_count) {
#if defined(__x86_64__)
  switch (parable_active_instruction_set()) {
    case PARABLE_AVX512_BF16:
    case PARABLE_AVX512:
      return find_any_avx512(bytes, from, count, choices, choice_count);
    case PARABLE_AVX2:
      return find_any_avx2(bytes, from, count, choices, choice_count);
    case PARABLE_BASELINE:
      break;
  }
#endif
  return find_any_baseline(bytes, from, count, choices, choice_count);
}

size_t parable_count_invalid_utf8(const uint8_t *bytes, size_t count) {
  size_t invalid = 0;
  for (size_t i = 0; i < count;) {
    uint64_t eight;
    if (i + 8 <= count && (memcpy(&eight, bytes + i, 8), (eight & 0x8080808080808080) == 0)) {
      i += 8;
      continue;
    }
    uint32_t code_point;
    int length = decode(bytes + i, count - i, &code_point);
    invalid += length <= 0;
    i += length > 0 ? (size_t)length : 1;
  }
  return invalid;
}
