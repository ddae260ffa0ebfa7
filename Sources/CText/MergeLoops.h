// Ranks of merges, as many at a time whatever the width of the registers.
enum { RANKS = 16 };
typedef int32_t ranks __attribute__((ext_vector_type(RANKS), may_alias));

#define KEY(left, right, place)                                      \
  ({                                                                 \
    int32_t merged_id = parable_merged(table, left, right);          \
    merged_id == INT32_MAX ? INT32_MAX : merged_id << 8 | (int)(place); \
  })

// Tokens stay at the place of their first byte. The key of a place is the id that it and the next
// token merge into, above its place, so that the smallest key is the next merge, the leftmost of
// equal ones.
//
// A word that fits a few vectors: the keys stay in registers, and the places in use are bits.
static inline __attribute__((always_inline)) size_t merge_short_word(
    const parable_merge_table *table, const uint8_t *word, size_t length, int32_t *ids,
    const int vectors) {
  _Alignas(64) int32_t initial[4 * RANKS];
  const ranks lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const ranks none = (ranks){} + INT32_MAX;
  for (int v = 0; v < vectors; v++) memcpy(initial + v * RANKS, &none, sizeof none);
  ids[0] = table->byte_ids[word[0]];
  for (size_t i = 1; i < length; i++) {
    ids[i] = table->byte_ids[word[i]];
    initial[i - 1] = KEY(ids[i - 1], ids[i], i - 1);
  }
  ranks keys[4];
  for (int v = 0; v < vectors; v++) memcpy(keys + v, initial + v * RANKS, sizeof *keys);
  uint64_t used = ~0ull >> (64 - length);
#define SET_KEY(at, value)                                                           \
  for (int v = 0; v < vectors; v++) {                                                \
    keys[v] = lanes + v * RANKS == (int32_t)(at) ? (ranks){} + (value) : keys[v];    \
  }
  while (1) {
    ranks least = keys[0];
    for (int v = 1; v < vectors; v++) least = __builtin_elementwise_min(least, keys[v]);
    int32_t best = __builtin_reduce_min(least);
    if (best == INT32_MAX) break;
    unsigned place = (unsigned)best & 0xFF;
    uint64_t behind = used & (~1ull << place);
    unsigned gone = (unsigned)__builtin_ctzll(behind);
    behind &= behind - 1;
    used &= ~(1ull << gone);
    int32_t id = best >> 8;
    ids[place] = id;
    int32_t key = INT32_MAX;
    if (behind != 0) key = KEY(id, ids[__builtin_ctzll(behind)], place);
    SET_KEY(gone, INT32_MAX);
    SET_KEY(place, key);
    uint64_t ahead = used & ((1ull << place) - 1);
    if (ahead != 0) {
      unsigned left = 63 - (unsigned)__builtin_clzll(ahead);
      key = KEY(ids[left], id, left);
      SET_KEY(left, key);
    }
  }
#undef SET_KEY
  size_t count = 0;
  for (; used != 0; used &= used - 1) ids[count++] = ids[__builtin_ctzll(used)];
  return count;
}

static size_t merge_word(const parable_merge_table *table, const uint8_t *word,
                         size_t length, int32_t *ids) {
  if (length <= RANKS) return merge_short_word(table, word, length, ids, 1);
  if (length <= 4 * RANKS) return merge_short_word(table, word, length, ids, 4);
  _Alignas(64) int32_t keys[PARABLE_MERGE_WORD_LENGTH + RANKS];
  const ranks lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  uint16_t next[PARABLE_MERGE_WORD_LENGTH + 1];
  uint16_t before[PARABLE_MERGE_WORD_LENGTH + 1];
// A key is changed by writing its whole vector: reading a vector soon after one of its elements was
// written would wait for the cache.
#define SET_KEY(at, value)                               \
  do {                                                   \
    ranks *block = (ranks *)keys + (at) / RANKS;         \
    *block = lanes == (int32_t)((at) % RANKS) ? (ranks){} + (value) : *block; \
  } while (0)

  size_t padded = (length + RANKS - 1) / RANKS * RANKS;
  ids[0] = table->byte_ids[word[0]];
  for (size_t i = 0; i < length; i++) {
    next[i] = (uint16_t)(i + 1);
    before[i + 1] = (uint16_t)i;
    keys[i] = INT32_MAX;
    if (i + 1 == length) break;
    ids[i + 1] = table->byte_ids[word[i + 1]];
    keys[i] = KEY(ids[i], ids[i + 1], i);
  }
  for (size_t i = length; i < padded; i++) keys[i] = INT32_MAX;

  while (1) {
    ranks least;
    least = *(ranks *)keys;
    for (size_t i = RANKS; i < padded; i += RANKS) {
      least = __builtin_elementwise_min(least, *(ranks *)(keys + i));
    }
    int32_t best = __builtin_reduce_min(least);
    if (best == INT32_MAX) break;
    size_t place = (size_t)(best & 0xFF);
    size_t gone = next[place];
    size_t after = next[gone];
    ids[place] = best >> 8;
    SET_KEY(gone, INT32_MAX);
    next[place] = (uint16_t)after;
    before[after] = (uint16_t)place;
    int32_t key = after < length ? KEY(ids[place], ids[after], place) : INT32_MAX;
    SET_KEY(place, key);
    if (place > 0) {
      size_t left = before[place];
      key = KEY(ids[left], ids[place], left);
      SET_KEY(left, key);
    }
  }

  size_t count = 0;
  for (size_t i = 0; i < length; i = next[i]) ids[count++] = ids[i];
  return count;
#undef SET_KEY
}

#undef KEY
