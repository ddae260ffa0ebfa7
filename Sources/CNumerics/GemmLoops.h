// The blocked matrix product for one instruction set: GemmProduct.h for factors of floats and of pairs
// of bfloat16. Only one instruction set multiplies the pairs as they are; the others widen them on the
// way, which costs them a part of their speed and saves half of what is read.

// Where a tile goes: the sums, with what lies at `addend` if it is not null, are stored as floats
// or as halves, whichever is not null.
typedef struct {
  const float *addend;
  size_t addend_stride;
  float *floats;
  uint16_t *halves;
  size_t stride;
} tile_target;

static inline size_t least(size_t a, size_t b) { return a < b ? a : b; }

// The blocks of a depth: as few as may be, and of about one length.
typedef struct {
  size_t count;
  size_t units;
} depth_blocks;

static inline depth_blocks blocks_of(size_t units) {
  size_t count = units > BLOCK_UNITS ? (units + BLOCK_UNITS - 1) / BLOCK_UNITS : 1;
  return (depth_blocks){count, (units + count - 1) / count};
}

// The target of a tile further down and to the right.
static tile_target moved(tile_target target, size_t row, size_t column) {
  if (target.addend != NULL) target.addend += row * target.addend_stride + column;
  if (target.floats != NULL) target.floats += row * target.stride + column;
  if (target.halves != NULL) target.halves += row * target.stride + column;
  return target;
}

// Stores what a tile at the right border has: fewer columns than vectors hold.
static void store_part(size_t rows, size_t columns, const float *sums, size_t sums_stride,
                       tile_target target) {
  for (size_t i = 0; i < rows; i++) {
    for (size_t j = 0; j < columns; j++) {
      float sum = sums[i * sums_stride + j];
      if (target.addend != NULL) sum += target.addend[i * target.addend_stride + j];
      if (target.halves != NULL) {
        target.halves[i * target.stride + j] = parable_to_bfloat16(sum);
      } else {
        target.floats[i * target.stride + j] = sum;
      }
    }
  }
}

static void widen_rows(size_t rows, size_t columns, const uint16_t *source, size_t source_stride,
                       float *destination, size_t destination_stride) {
  for (size_t i = 0; i < rows; i++) {
    for (size_t j = 0; j < columns; j++) {
      destination[i * destination_stride + j] = parable_from_bfloat16(source[i * source_stride + j]);
    }
  }
}

typedef uint32_t quad __attribute__((vector_size(16)));
typedef uint32_t loose_quad __attribute__((vector_size(16), aligned(2), may_alias));

INLINE quad load_quad(const void *source) { return *(const loose_quad *)source; }

INLINE void store_quad(uint32_t *to, quad value) { *(loose_quad *)to = value; }

// One unit of depth: an element, or two that follow each other in depth, the second one zero where
// there is none.
INLINE uint32_t single_unit(const char *first, const char *second, bool is_pair, bool paired,
                            bool rounds) {
  uint32_t bits = 0, next = 0;
  if (!paired) {
    memcpy(&bits, first, 4);
    return bits;
  }
  if (rounds) {
    float values[2];
    memcpy(&values[0], first, 4);
    memcpy(&values[1], second, 4);
    bits = parable_to_bfloat16(values[0]);
    next = parable_to_bfloat16(values[1]);
  } else {
    memcpy(&bits, first, 2);
    memcpy(&next, second, 2);
  }
  return bits | (is_pair ? next << 16 : 0);
}

#define TYPED(name) name##_of_floats
#define PAIRED 0
#include "GemmProduct.h"

#define TYPED(name) name##_of_pairs
#define PAIRED 1
#include "GemmProduct.h"
