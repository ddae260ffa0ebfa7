#include "Digest.h"

#include "InstructionSet.h"

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static inline uint32_t rotate_right(uint32_t x, int n) { return x >> n | x << (32 - n); }

static inline uint32_t big_endian_word(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

void parable_sha256_blocks_plain(uint32_t *state, const uint8_t *blocks, size_t count) {
  for (; count > 0; count--, blocks += 64) {
    // The message schedule, sixteen words at a time.
    uint32_t w[16];
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
#pragma clang loop unroll_count(16)
    for (int t = 0; t < 64; t++) {
      if (t < 16) {
        w[t] = big_endian_word(blocks + 4 * t);
      } else {
        uint32_t w2 = w[(t - 2) & 15], w15 = w[(t - 15) & 15];
        uint32_t s1 = rotate_right(w2, 17) ^ rotate_right(w2, 19) ^ w2 >> 10;
        uint32_t s0 = rotate_right(w15, 7) ^ rotate_right(w15, 18) ^ w15 >> 3;
        w[t & 15] += s1 + w[(t - 7) & 15] + s0;
      }
      uint32_t sum1 = rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25);
      uint32_t sum0 = rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22);
      uint32_t t1 = h + sum1 + (g ^ (e & (f ^ g))) + round_constants[t] + w[t & 15];
      uint32_t t2 = sum0 + ((a & b) | (c & (a | b)));
      h = g, g = f, f = e, e = d + t1;
      d = c, c = b, b = a, a = t1 + t2;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
    state[4] += e, state[5] += f, state[6] += g, state[7] += h;
  }
}

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

// Two rounds an instruction, on the state's words in the order that it wants: A B E F and C D G H.
__attribute__((target("sha,sse4.1,ssse3"))) static void blocks_with_instructions(
    uint32_t *state, const uint8_t *blocks, size_t count) {
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  __m128i low = _mm_loadu_si128((const __m128i *)state);         // D C B A
  __m128i high = _mm_loadu_si128((const __m128i *)(state + 4));  // H G F E
  low = _mm_shuffle_epi32(low, 0xb1);                            // C D A B
  high = _mm_shuffle_epi32(high, 0x1b);                          // E F G H
  __m128i abef = _mm_alignr_epi8(low, high, 8);
  __m128i cdgh = _mm_blend_epi16(high, low, 0xf0);

  for (; count > 0; count--, blocks += 64) {
    __m128i before_abef = abef, before_cdgh = cdgh;
    __m128i w[4];  // the last sixteen words of the schedule
#pragma clang loop unroll(full)
    for (int t = 0; t < 16; t++) {
      __m128i words;
      if (t < 4) {
        words = _mm_loadu_si128((const __m128i *)(blocks + 16 * t));
        words = _mm_shuffle_epi8(words, swap);
      } else {
        __m128i last = w[(t + 3) & 3];
        words = _mm_sha256msg1_epu32(w[t & 3], w[(t + 1) & 3]);
        words = _mm_add_epi32(words, _mm_alignr_epi8(last, w[(t + 2) & 3], 4));
        words = _mm_sha256msg2_epu32(words, last);
      }
      w[t & 3] = words;
      __m128i constants = _mm_loadu_si128((const __m128i *)(round_constants + 4 * t));
      __m128i summed = _mm_add_epi32(words, constants);
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, summed);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(summed, 0x0e));
    }
    abef = _mm_add_epi32(abef, before_abef);
    cdgh = _mm_add_epi32(cdgh, before_cdgh);
  }

  low = _mm_shuffle_epi32(abef, 0x1b);   // A B E F reversed
  high = _mm_shuffle_epi32(cdgh, 0xb1);  // C D G H with pairs swapped
  _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(low, high, 0xf0));
  _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(high, low, 8));
}

static int has_instructions(void) {
  unsigned a, b, c, d;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & 1u << 29) != 0;
}
#endif

void parable_sha256_blocks(uint32_t *state, const uint8_t *blocks, size_t count) {
#if defined(__x86_64__)
  if (parable_active_instruction_set() >= PARABLE_AVX2 && has_instructions()) {
    blocks_with_instructions(state, blocks, count);
    return;
  }
#endif
  parable_sha256_blocks_plain(state, blocks, count);
}
