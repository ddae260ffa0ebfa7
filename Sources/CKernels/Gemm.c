#include "Gemm.h"

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum {
  // A block of the right factor, so deep and wide (512 KiB), stays in the second cache while the
  // rows pass by, and a panel of the left one (24 KiB) in the first.
  BLOCK_UNITS = 512,
  STRIPE_COLUMNS = 256,
  // Panels of the left factor that are laid out together, and the widest one.
  LEFT_PANELS = 4,
  WIDEST_LEFT = 12,
  // Kept panels that one row is multiplied by at once.
  ROW_PANELS = 4,
  // Rows of a result that is rounded whose sums are held at a time.
  ROWS_AT_ONCE = 1024,
  // What packing reads (rows, each of which may lie in a page of its own) and writes (units of a
  // panel, within the first cache) before it goes on to the next panel.
  ROWS_TOGETHER = 16,
  UNITS_TOGETHER = 6144,
  LINE_FLOATS = 16,
};

typedef struct {
  _Alignas(64) uint32_t right[BLOCK_UNITS * STRIPE_COLUMNS];
  _Alignas(64) uint32_t left[BLOCK_UNITS * LEFT_PANELS * WIDEST_LEFT];
  _Alignas(64) float sums[ROWS_AT_ONCE * STRIPE_COLUMNS];  // of results that are stored narrower
} gemm_workspace;

// Where a tile goes: the sums, with what lies at `addend` if it is not null, are stored as floats
// or as halves, whichever is not null.
typedef struct {
  const float *addend;
  size_t addend_stride;
  float *floats;
  uint16_t *halves;
  size_t stride;
} tile_target;

// What differs between the variants.
typedef struct {
  size_t tile_columns;
  size_t unit;
  void (*multiply)(parable_gemm_shape, parable_gemm_factor left, parable_gemm_factor right,
                   const uint32_t *panels, parable_gemm_target, gemm_workspace *);
  void (*pack_kept)(uint32_t *destination, parable_gemm_panels, parable_gemm_factor right);
} gemm_loops;

static inline size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

// The blocks of a depth: as few as may be, and of about one length.
typedef struct {
  size_t count;
  size_t units;
} depth_blocks;

static inline depth_blocks blocks_of(size_t units) {
  size_t count = units > BLOCK_UNITS ? (units + BLOCK_UNITS - 1) / BLOCK_UNITS : 1;
  return (depth_blocks){count, (units + count - 1) / count};
}

static inline float widened(uint16_t half) {
  uint32_t bits = (uint32_t)half << 16;
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

static inline uint16_t rounded(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  uint32_t nearest = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  return (uint16_t)(value != value ? bits >> 16 | 0x40 : nearest);
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
        target.halves[i * target.stride + j] = rounded(sum);
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
      destination[i * destination_stride + j] = widened(source[i * source_stride + j]);
    }
  }
}

typedef uint32_t quad __attribute__((vector_size(16)));
typedef uint32_t loose_quad __attribute__((vector_size(16), aligned(2), may_alias));

static inline __attribute__((always_inline)) quad load_quad(const void *source) {
  return *(const loose_quad *)source;
}

static inline __attribute__((always_inline)) void store_quad(uint32_t *destination, quad value) {
  *(loose_quad *)destination = value;
}

// One unit of depth: an element, or two that follow each other in depth, the second one zero where
// there is none.
static inline __attribute__((always_inline)) uint32_t single_unit(const char *first,
                                                                  const char *second, bool is_pair,
                                                                  bool paired, bool rounds) {
  uint32_t bits = 0, next = 0;
  if (!paired) {
    memcpy(&bits, first, 4);
    return bits;
  }
  if (rounds) {
    float values[2];
    memcpy(&values[0], first, 4);
    memcpy(&values[1], second, 4);
    bits = rounded(values[0]);
    next = rounded(values[1]);
  } else {
    memcpy(&bits, first, 2);
    memcpy(&next, second, 2);
  }
  return bits | (is_pair ? next << 16 : 0);
}

// Each instruction set has loops for floats and loops for pairs of bfloat16. Only the last one
// multiplies the pairs as they are; the others widen them on the way, which costs them a part of
// their speed and saves half of what is read.
#define VARIANT(name) name##_baseline
#define LANES 4
#define TILE_ROWS 4
#define TILE_VECTORS 2
#define PAIRED 0
#include "GemmLoops.h"

#define VARIANT(name) name##_baseline_pairs
#define LANES 4
#define TILE_ROWS 4
#define TILE_VECTORS 2
#define PAIRED 1
#include "GemmLoops.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#define VARIANT(name) name##_avx2
#define LANES 8
#define TILE_ROWS 6
#define TILE_VECTORS 2
#define PAIRED 0
#include "GemmLoops.h"

// Fewer rows, since the halves of a pair take registers.
#define VARIANT(name) name##_avx2_pairs
#define LANES 8
#define TILE_ROWS 4
#define TILE_VECTORS 2
#define PAIRED 1
#include "GemmLoops.h"
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("arch=x86-64-v4"))), apply_to = function)
#define VARIANT(name) name##_avx512
#define LANES 16
#define TILE_ROWS 12
#define TILE_VECTORS 2
#define PAIRED 0
#include "GemmLoops.h"

#define VARIANT(name) name##_avx512_pairs
#define LANES 16
#define TILE_ROWS 12
#define TILE_VECTORS 2
#define PAIRED 1
#include "GemmLoops.h"
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("arch=x86-64-v4,avx512bf16"))), \
                             apply_to = function)
#define VARIANT(name) name##_avx512_bf16_pairs
#define LANES 16
#define TILE_ROWS 12
#define TILE_VECTORS 2
#define PAIRED 1
#define MULTIPLIES_PAIRS 1
#include "GemmLoops.h"
#pragma clang attribute pop
#endif

static const gemm_loops *loops_for(parable_instruction_set set, parable_storage type) {
  bool pairs = type == PARABLE_BFLOAT16;
#if defined(__x86_64__)
  if (set >= PARABLE_AVX512_BF16 && pairs) return &loops_avx512_bf16_pairs;
  if (set >= PARABLE_AVX512) return pairs ? &loops_avx512_pairs : &loops_avx512;
  if (set >= PARABLE_AVX2) return pairs ? &loops_avx2_pairs : &loops_avx2;
#else
  (void)set;
#endif
  return pairs ? &loops_baseline_pairs : &loops_baseline;
}

size_t parable_gemm_workspace_bytes(void) { return sizeof(gemm_workspace); }

void parable_gemm(parable_instruction_set set, parable_storage type, parable_gemm_shape shape,
                  parable_gemm_factor left, parable_gemm_factor right, parable_gemm_target target,
                  void *workspace) {
  loops_for(set, type)->multiply(shape, left, right, NULL, target, workspace);
}

void parable_gemm_kept(parable_instruction_set set, parable_storage type,
                       parable_gemm_shape shape, parable_gemm_factor left, const void *right,
                       parable_gemm_target target, void *workspace) {
  loops_for(set, type)->multiply(shape, left, (parable_gemm_factor){0}, right, target, workspace);
}

parable_gemm_panels parable_gemm_own_panels(parable_instruction_set set, parable_storage type,
                                            size_t depth, size_t columns) {
  const gemm_loops *loops = loops_for(set, type);
  size_t padded_depth = (depth + loops->unit - 1) / loops->unit * loops->unit;
  return (parable_gemm_panels){depth, columns, loops->tile_columns, padded_depth};
}

static size_t panel_units(parable_gemm_panels panels, parable_storage type) {
  return panels.padded_depth / (type == PARABLE_BFLOAT16 ? 2 : 1) * panels.width;
}

size_t parable_gemm_panels_bytes(parable_gemm_panels panels, parable_storage type) {
  return (panels.columns + panels.width - 1) / panels.width * panel_units(panels, type) * 4;
}

void parable_gemm_pack(parable_instruction_set set, parable_storage type,
                       parable_gemm_panels panels, parable_gemm_factor right, void *destination) {
  const gemm_loops *loops = loops_for(set, type);
  uint32_t *units = destination;
  loops->pack_kept(units, panels, right);
  size_t panel_size = panel_units(panels, type);
  size_t used = (panels.depth + loops->unit - 1) / loops->unit * panels.width;
  for (size_t column = 0; column < panels.columns; column += panels.width, units += panel_size) {
    for (size_t i = used; i < panel_size; i++) units[i] = 0;
    size_t count = smaller(panels.width, panels.columns - column);
    for (size_t i = 0; i < used; i += panels.width) {
      for (size_t j = count; j < panels.width; j++) units[i + j] = 0;
    }
  }
}
