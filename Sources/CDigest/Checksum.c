#include "Digest.h"

#include <string.h>

#include "InstructionSet.h"

typedef uint64_t words __attribute__((vector_size(64)));

enum { blocks_between_mixings = 16 };

static inline __attribute__((always_inline)) void fold(
    uint64_t *state, const uint8_t *blocks, size_t count) {
  // Digits of pi's fractional part, and an odd step: each block has keys of its own.
  words keys = {0x243F6A8885A308D3, 0x13198A2E03707344, 0xA4093822299F31D0, 0x082EFA98EC4E6C89,
                0x452821E638D01377, 0xBE5466CF34E90C6C, 0xC0AC29B7C97C50DD, 0x3F84D5B5B5470917};
  words sums;
  memcpy(&sums, state, sizeof sums);
  for (size_t block = 0; block < count; block++, blocks += sizeof(words)) {
    words bytes;
    memcpy(&bytes, blocks, sizeof bytes);
    words keyed = bytes ^ keys;
    sums += (keyed & UINT64_C(0xFFFFFFFF)) * (keyed >> 32);
    sums += __builtin_shufflevector(bytes, bytes, 1, 0, 3, 2, 5, 4, 7, 6);
    keys += UINT64_C(0x9E3779B97F4A7C15);
    if (block % blocks_between_mixings == blocks_between_mixings - 1) {
      // High bits come down, where the next products use them.
      sums = (sums ^ sums >> 47 ^ keys) * UINT64_C(0x9E3779B1);
    }
  }
  memcpy(state, &sums, sizeof sums);
}

#if defined(__x86_64__)
__attribute__((target("avx512f,avx512dq"))) static void fold_with_avx512(
    uint64_t *state, const uint8_t *blocks, size_t count) {
  fold(state, blocks, count);
}

__attribute__((target("avx2"))) static void fold_with_avx2(
    uint64_t *state, const uint8_t *blocks, size_t count) {
  fold(state, blocks, count);
}
#endif

void parable_checksum_blocks(uint64_t *state, const uint8_t *blocks, size_t count) {
#if defined(__x86_64__)
  parable_instruction_set set = parable_active_instruction_set();
  if (set >= PARABLE_AVX512) return fold_with_avx512(state, blocks, count);
  if (set >= PARABLE_AVX2) return fold_with_avx2(state, blocks, count);
#endif
  fold(state, blocks, count);
}
