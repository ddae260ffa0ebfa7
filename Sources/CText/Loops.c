#include "LoopTable.h"

// Each public function calls the loop of its name for the instruction set in use.

static const text_loops *loops(void) {
  return TABLE_FOR(parable_active_instruction_set(), parable_text_loops);
}

size_t parable_scan_words(const uint8_t *bytes, size_t count, bool complete,
                          const parable_character_classes *classes, parable_scan_state *state,
                          uint32_t *starts, size_t capacity) {
  return loops()->scan_words(bytes, count, complete, classes, state, starts, capacity);
}

size_t parable_find_any(const uint8_t *bytes, size_t from, size_t count, const uint8_t *choices,
                        size_t choice_count) {
  return loops()->find_any(bytes, from, count, choices, choice_count);
}

size_t parable_merge_word(const parable_merge_table *table, const uint8_t *word, size_t length,
                          int32_t *ids) {
  return loops()->merge_word(table, word, length, ids);
}
