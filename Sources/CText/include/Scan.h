#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What a character is to GPT-2's pre-tokenisation pattern. Everything from `SPACE` on is white.
typedef enum {
  PARABLE_CLASS_OTHER = 0,
  PARABLE_CLASS_LETTER = 1,  // general categories L*
  PARABLE_CLASS_NUMBER = 2,  // general categories N*
  PARABLE_CLASS_EDGE = 3,    // no character: the text starts here, or a contraction ended
  PARABLE_CLASS_SPACE = 4,   // U+0020, the only white space that a word takes along
  PARABLE_CLASS_WHITE = 5,   // the rest of White_Space
} parable_character_class;

enum {
  /// Bytes that must be readable after the text that is scanned.
  PARABLE_SCAN_PADDING = 64,
  /// Starts that one call of the scan may add after its last look at the capacity.
  PARABLE_SCAN_SLACK = 72,
};

/// The class of code point c is `classes[(blocks[c >> 8] << 8) + (c & 255)]`.
typedef struct {
  const uint8_t *blocks;
  const uint8_t *classes;
} parable_character_classes;

/// Where a scan stands between two calls.
typedef struct {
  size_t position;           // the bytes before it are scanned
  size_t pending;            // start of the last white character of a run of several: the start of a
                             // pre-token if something that is not white follows; else PTRDIFF_MAX
  size_t invalid_bytes;      // bytes that belong to no valid UTF-8 sequence
  uint8_t previous;          // class of the character before `position`
  bool stalled;              // what comes next depends on bytes after the end
} parable_scan_state;

/// The runs of code points of one class, from 0 to 0x10FFFF, each as `length << 3 | class`.
extern const uint32_t parable_class_runs[];
extern const size_t parable_class_run_count;

/// Writes the starts of the pre-tokens of `bytes[state->position ..< count]` to `starts` and returns
/// how many there are. Stops where `capacity` may not suffice (to be called again), at `count`, or,
/// unless the text is `complete`, where the decision needs bytes that are not there yet.
size_t parable_scan_words(const uint8_t *bytes, size_t count, bool complete,
                          const parable_character_classes *classes, parable_scan_state *state,
                          uint32_t *starts, size_t capacity);

/// The first position from `from` on that holds one of the `choices` (at most 8), else `count`.
/// `PARABLE_SCAN_PADDING` bytes after `count` must be readable.
size_t parable_find_any(const uint8_t *bytes, size_t from, size_t count, const uint8_t *choices,
                        size_t choice_count);

/// The first of the runs.
static inline const uint32_t *parable_class_runs_start(void) { return parable_class_runs; }

/// Asks for the memory at this address before it is needed.
static inline void parable_prefetch(const void *address) { __builtin_prefetch(address, 1); }
