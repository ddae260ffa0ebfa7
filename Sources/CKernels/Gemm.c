#include "Gemm.h"

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// A block of the right factor (BLOCK_UNITS deep, STRIPE_COLUMNS wide, 512 KiB) stays in the second
// cache while the rows pass by; a tile's panel of the left one (24 KiB) in the first.
enum {
  BLOCK_UNITS = 512,
  STRIPE_COLUMNS = 256,
  LEFT_PANELS = 4,
  WIDEST_LEFT = 12,
  ROWS_AT_ONCE = 1024,
  ROWS_TOGETHER = 16,
  LINE_FLOATS = 16,
};

typedef struct {
  _Alignas(64) uint32_t right[BLOCK_UNITS * STRIPE_COLUMNS];
  _Alignas(64) uint32_t left[BLOCK_UNITS * LEFT_PANELS * WIDEST_LEFT];
  _Alignas(64) float sums[ROWS_AT_ONCE * STRIPE_COLUMNS];  // of results that are stored narrower
} gemm_workspace;

// Where a tile goes: its sums and what `addend` points at are stored as floats or halves.
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
  void (*pack_right)(uint32_t *panels, parable_gemm_factor, size_t start, size_t count,
                     size_t depth_start, size_t depth);
} gemm_loops;

static inline size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

static inline float widened(uint16_t half) {
  uint32_t bits = (uint32_t)half << 16;
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

static inline uint16_t rounded(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  if (value != value) return (uint16_t)(bits >> 16 | 0x40);
  return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static tile_target moved(tile_target target, size_t row, size_t column) {
  if (target.addend != NULL) target.addend += row * target.addend_stride + column;
  if (target.floats != NULL) target.floats += row * target.stride + column;
  if (target.halves != NULL) target.halves += row * target.stride + column;
  return target;
}

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

#define VARIANT(name) name##_baseline
#define LANES 4
#define TILE_ROWS 4
#define TILE_VECTORS 2
#define PAIRED 0
#include "GemmLoops.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#define VARIANT(name) name##_avx2
#define LANES 8
#define TILE_ROWS 6
#define TILE_VECTORS 2
#define PAIRED 0
#include "GemmLoops.h"
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("arch=x86-64-v4"))), apply_to = function)
#define VARIANT(name) name##_avx512
#define LANES 16
#define TILE_ROWS 12
#define TILE_VECTORS 2
#define PAIRED 0
#include "GemmLoops.h"
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("arch=x86-64-v4,avx512bf16"))), \
                             apply_to = function)
#define VARIANT(name) name##_avx512_bf16
#define LANES 16
#define TILE_ROWS 12
#define TILE_VECTORS 2
#define PAIRED 1
#include "GemmLoops.h"
#pragma clang attribute pop
#endif

static const gemm_loops *loops_for(parable_instruction_set set, parable_storage type) {
#if defined(__x86_64__)
  if (type == PARABLE_BFLOAT16) return set >= PARABLE_AVX512_BF16 ? &loops_avx512_bf16 : NULL;
  if (set >= PARABLE_AVX512) return &loops_avx512;
  if (set >= PARABLE_AVX2) return &loops_avx2;
#else
  (void)set;
  if (type == PARABLE_BFLOAT16) return NULL;
#endif
  return &loops_baseline;
}

bool parable_gemm_supports(parable_instruction_set set, parable_storage type) {
  return loops_for(set, type) != NULL;
}

size_t parable_gemm_workspace_bytes(void) { return sizeof(gemm_workspace); }

void parable_gemm(parable_instruction_set set, parable_storage type, parable_gemm_shape shape,
                  parable_gemm_factor left, parable_gemm_factor right, parable_gemm_target target,
                  void *workspace) {
  loops_for(set, type)->multiply(shape, left, right, NULL, target, workspace);
}

void parable_gemm_panels(parable_instruction_set set, parable_storage type,
                         parable_gemm_shape shape, parable_gemm_factor left, const void *panels,
                         parable_gemm_target target, void *workspace) {
  loops_for(set, type)->multiply(shape, left, (parable_gemm_factor){0}, panels, target, workspace);
}

size_t parable_gemm_panels_bytes(parable_instruction_set set, parable_storage type, size_t depth,
                                 size_t columns) {
  const gemm_loops *loops = loops_for(set, type);
  size_t units = (depth + loops->unit - 1) / loops->unit;
  size_t panel_count = (columns + loops->tile_columns - 1) / loops->tile_columns;
  return 4 * panel_count * units * loops->tile_columns;
}

// The source of one panel, rounded, as a factor of its own.
static parable_gemm_factor rounded_part(parable_gemm_factor right, size_t depth_start, size_t depth,
                                        size_t column, size_t columns, uint16_t *halves) {
  size_t row_count = right.transposed ? columns : depth;
  size_t row_length = right.transposed ? depth : columns;
  const float *source = (const float *)right.base + (right.transposed
                                                         ? column * right.stride + depth_start
                                                         : depth_start * right.stride + column);
  for (size_t i = 0; i < row_count; i++) {
    for (size_t j = 0; j < row_length; j++) {
      halves[i * row_length + j] = rounded(source[i * right.stride + j]);
    }
  }
  return (parable_gemm_factor){halves, row_length, right.transposed};
}

void parable_gemm_pack(parable_instruction_set set, parable_storage type, size_t depth,
                       size_t columns, parable_gemm_factor right, void *panels, void *workspace) {
  const gemm_loops *loops = loops_for(set, type);
  size_t width = loops->tile_columns;
  size_t panel_size = (depth + loops->unit - 1) / loops->unit * width;
  uint32_t *panel = panels;
  for (size_t column = 0; column < columns; column += width, panel += panel_size) {
    size_t count = smaller(width, columns - column);
    if (type == PARABLE_FLOAT) {
      loops->pack_right(panel, right, column, count, 0, depth);
      continue;
    }
    for (size_t start = 0; start < depth; start += BLOCK_UNITS) {
      size_t part_depth = smaller(BLOCK_UNITS, depth - start);
      parable_gemm_factor part =
          rounded_part(right, start, part_depth, column, count, workspace);
      loops->pack_right(panel + start / loops->unit * width, part, 0, count, 0, part_depth);
    }
  }
}
