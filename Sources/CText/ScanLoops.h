typedef uint8_t bytes64 __attribute__((vector_size(64)));
typedef bool bits64 __attribute__((ext_vector_type(64)));

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

// A vector of comparisons as one bit a byte.
#define BITS(comparison)                                      \
  ({                                                          \
    bits64 flags = __builtin_convertvector(comparison, bits64); \
    uint64_t word;                                            \
    memcpy(&word, &flags, sizeof word);                       \
    word;                                                     \
  })

static size_t scan_words(const uint8_t *bytes, size_t count, bool complete,
                         const parable_character_classes *classes,
                         parable_scan_state *state, uint32_t *starts, size_t capacity) {
  size_t n = 0;
  size_t i = state->position;
  size_t pending = state->pending;
  uint8_t previous = state->previous;
  state->stalled = false;

  while (i < count && n + PARABLE_SCAN_SLACK <= capacity) {
    // Up to 64 bytes of ASCII at once: the classes as bit masks, the starts from their shifts.
    bytes64 block;
    memcpy(&block, bytes + i, sizeof block);
    uint64_t beyond = BITS(block >= 0x80);
    size_t limit = count - i < 64 ? count - i : 64;
    if (beyond != 0 && (size_t)__builtin_ctzll(beyond) < limit) limit = __builtin_ctzll(beyond);
    if (limit > 0) {
      uint64_t inside = limit == 64 ? ~0ull : (1ull << limit) - 1;
      uint64_t letters = BITS(((block | 0x20) - 'a') < 26) & inside;
      uint64_t numbers = BITS((block - '0') < 10) & inside;
      uint64_t spaces = BITS(block == ' ') & inside;
      uint64_t white = (BITS((block - 9) < 5) & inside) | spaces;
      uint64_t others = inside & ~(letters | numbers | white);

      uint64_t same = (letters & (letters << 1 | (previous == PARABLE_CLASS_LETTER))) |
                      (numbers & (numbers << 1 | (previous == PARABLE_CLASS_NUMBER))) |
                      (others & (others << 1 | (previous == PARABLE_CLASS_OTHER)));
      uint64_t after_space = spaces << 1 | (previous == PARABLE_CLASS_SPACE);
      uint64_t after_white = white << 1 | (previous >= PARABLE_CLASS_SPACE);
      uint64_t before_word = (inside & ~white) >> 1;
      uint64_t begins = (inside & ~white & ~same & ~after_space) | (white & ~after_white) |
                        (white & before_word);

      if (pending != PTRDIFF_MAX) {
        if ((white & 1) == 0) starts[n++] = (uint32_t)pending;
        pending = PTRDIFF_MAX;
      }

      uint64_t apostrophes = begins & BITS(block == '\'');
      size_t next = i + limit;
      bool edge = false;
      while (apostrophes != 0) {
        size_t k = (size_t)__builtin_ctzll(apostrophes);
        apostrophes &= apostrophes - 1;
        int length = contraction(bytes + i + k, count - i - k, complete);
        if (length < 0) {
          begins &= (2ull << k) - 1;
          next = i + k;
          state->stalled = true;
          break;
        }
        if (length == 0) continue;
        if (k + 1 < 64) begins &= ~(1ull << (k + 1));
        if (k + (size_t)length < limit) {
          begins |= 1ull << (k + (size_t)length);
        } else {
          next = i + k + (size_t)length;
          edge = true;
        }
      }

      while (begins != 0) {
        starts[n++] = (uint32_t)(i + (size_t)__builtin_ctzll(begins));
        begins &= begins - 1;
      }
      if (state->stalled) {
        i = next;
        break;
      }
      uint64_t last = 1ull << (limit - 1);
      if (edge) {
        previous = PARABLE_CLASS_EDGE;
      } else {
        if ((white & after_white & last) != 0) pending = i + limit - 1;
        previous = ascii_class(bytes[i + limit - 1]);
      }
      i = next;
    }

    // Character by character as long as others than ASCII are near.
    while (i < count && n + 4 <= capacity) {
      uint64_t eight;
      memcpy(&eight, bytes + i, sizeof eight);
      if ((eight & 0x8080808080808080) == 0) break;
      uint8_t class;
      size_t length = 1;
      if (bytes[i] < 0x80) {
        class = ascii_class(bytes[i]);
      } else {
        uint32_t code_point = 0;
        int found = parable_decode_utf8(bytes + i, count - i, &code_point);
        if (found == 0 && !complete) {
          state->stalled = true;
          break;
        }
        if (found <= 0) {
          class = PARABLE_CLASS_OTHER;
          state->invalid_bytes++;
        } else {
          length = (size_t)found;
          class = classes->classes[(size_t)classes->blocks[code_point >> 8] << 8 |
                                   (code_point & 255)];
        }
      }
      if (class >= PARABLE_CLASS_SPACE) {
        if (previous >= PARABLE_CLASS_SPACE) {
          pending = i;
        } else {
          starts[n++] = (uint32_t)i;
          pending = PTRDIFF_MAX;
        }
      } else {
        if (pending != PTRDIFF_MAX) {
          starts[n++] = (uint32_t)pending;
          pending = PTRDIFF_MAX;
        }
        if (class != previous && previous != PARABLE_CLASS_SPACE) {
          starts[n++] = (uint32_t)i;
          if (bytes[i] == '\'') {
            int found = contraction(bytes + i, count - i, complete);
            if (found < 0) {
              state->stalled = true;
              break;
            }
            if (found > 0) {
              length = (size_t)found;
              class = PARABLE_CLASS_EDGE;
            }
          }
        }
      }
      previous = class;
      i += length;
    }
    if (state->stalled) break;
  }

  state->position = i;
  state->pending = pending;
  state->previous = previous;
  return n;
}

static size_t find_any(const uint8_t *bytes, size_t from, size_t count,
                       const uint8_t *choices, size_t choice_count) {
  for (size_t i = from; i < count; i += 64) {
    bytes64 block;
    memcpy(&block, bytes + i, sizeof block);
    uint64_t found = 0;
    for (size_t c = 0; c < choice_count; c++) found |= BITS(block == choices[c]);
    if (found != 0) {
      size_t position = i + (size_t)__builtin_ctzll(found);
      return position < count ? position : count;
    }
  }
  return count;
}

#undef BITS
