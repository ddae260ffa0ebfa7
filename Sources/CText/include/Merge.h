#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
  /// Bytes of the longest word that `parable_merge_word` takes.
  PARABLE_MERGE_WORD_LENGTH = 256,
  /// Bits of a token id in a slot.
  PARABLE_MERGE_ID_BITS = 21,
};

/// What two neighbouring tokens merge into: an open-addressing table whose slots hold the left id,
/// the right id and the merged id, 21 bits each, all bits set where a slot is free.
typedef struct {
  const uint64_t *slots;
  const uint64_t *filter;    // one bit for the hash of each pair, eight bits a slot
  const int32_t *byte_ids;   // the token of each byte
  uint64_t mask;             // one less than the number of slots
  uint64_t shift;            // 64 less the bits of that number
} parable_merge_table;

/// The id that the two tokens merge into, INT32_MAX where they do not.
static inline int32_t parable_merged(const parable_merge_table *table, int32_t left,
                                     int32_t right) {
  uint64_t pair = (uint64_t)(uint32_t)left << PARABLE_MERGE_ID_BITS | (uint32_t)right;
  uint64_t hash = pair * 0x9E3779B97F4A7C15;
  uint64_t bit = hash >> (table->shift - 3);
  if ((table->filter[bit >> 6] >> (bit & 63) & 1) == 0) return INT32_MAX;
  uint64_t slot = hash >> table->shift;
  while (1) {
    uint64_t entry = table->slots[slot];
    // Pairs have 42 bits, a free slot shows 43.
    if (entry >> PARABLE_MERGE_ID_BITS == pair) {
      return (int32_t)(entry & ((1u << PARABLE_MERGE_ID_BITS) - 1));
    }
    if (entry == UINT64_MAX) return INT32_MAX;
    slot = (slot + 1) & table->mask;
  }
}

/// Writes the tokens of a word of 1 to 256 bytes to `ids`, which has a place for each byte, and
/// returns how many there are.
size_t parable_merge_word(const parable_merge_table *table, const uint8_t *word, size_t length,
                          int32_t *ids);
