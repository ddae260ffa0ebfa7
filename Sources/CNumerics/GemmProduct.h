// The blocked matrix product for one element type. GemmLoops.h includes this file once for each, with
// these macros:
//   TYPED(name)  the name with the type's suffix
//   PAIRED       1 where a unit of depth is a pair of bfloat16, 0 where it is a float
//
// Both factors are cut along the depth into blocks and laid out in panels: for each unit of depth,
// 32 bits, the values of a tile's rows (columns) lie side by side. A tile's sums run over a block
// in order, each element in a lane of its own, and blocks are added in order: how an element is
// summed is a function of the depth alone.

// The tile of the result that is held in registers; the halves of a pair take some of them.
#if HAS_AVX512
#define TILE_ROWS 12
#define TILE_VECTORS 2
#elif LANES == 16
#define TILE_ROWS (PAIRED ? 4 : 6)
#define TILE_VECTORS 1
#else
#define TILE_ROWS 4
#define TILE_VECTORS 2
#endif
#define TILE_COLUMNS (TILE_VECTORS * LANES)
#define LEFT_WIDTH ((TILE_ROWS + 3) / 4 * 4)  // panels are packed four rows at a time
#define UNIT (PAIRED ? 2 : 1)

// Packing. Sources are bytes: elements of the product's type, or floats to be rounded to bfloat16
// on the way (`rounds`).

// Four units of depth from consecutive elements.
INLINE quad TYPED(load_units)(const char *source, bool rounds) {
  if (!rounds) return load_quad(source);
  uint16_t halves[8];
  for (size_t i = 0; i < 8; i++) {
    float value;
    memcpy(&value, source + 4 * i, 4);
    halves[i] = parable_to_bfloat16(value);
  }
  return load_quad(halves);
}

// The stored rows lie along the depth of a panel. Where rows are missing the last one is repeated,
// so that nothing outside the factor is read; what it sums up to is never stored.
INLINE void TYPED(pack_along_depth)(uint32_t *panel, size_t panel_width, const char *source,
                                      size_t row_bytes, size_t count, size_t depth, bool rounds) {
  size_t unit_bytes = rounds ? 8 : 4;
  for (size_t first = 0; first < count; first += 4) {
    const char *row[4];
    for (size_t j = 0; j < 4; j++) row[j] = source + least(first + j, count - 1) * row_bytes;
    uint32_t *unit = panel + first;
    size_t p = 0;
    for (; p + 4 * UNIT <= depth; p += 4 * UNIT, unit += 4 * panel_width) {
      quad row0 = TYPED(load_units)(row[0], rounds), row1 = TYPED(load_units)(row[1], rounds);
      quad row2 = TYPED(load_units)(row[2], rounds), row3 = TYPED(load_units)(row[3], rounds);
      quad low01 = __builtin_shufflevector(row0, row1, 0, 4, 1, 5);
      quad low23 = __builtin_shufflevector(row2, row3, 0, 4, 1, 5);
      quad high01 = __builtin_shufflevector(row0, row1, 2, 6, 3, 7);
      quad high23 = __builtin_shufflevector(row2, row3, 2, 6, 3, 7);
      store_quad(unit, __builtin_shufflevector(low01, low23, 0, 1, 4, 5));
      store_quad(unit + panel_width, __builtin_shufflevector(low01, low23, 2, 3, 6, 7));
      store_quad(unit + 2 * panel_width, __builtin_shufflevector(high01, high23, 0, 1, 4, 5));
      store_quad(unit + 3 * panel_width, __builtin_shufflevector(high01, high23, 2, 3, 6, 7));
      for (size_t j = 0; j < 4; j++) row[j] += 4 * unit_bytes;
    }
    for (; p < depth; p += UNIT, unit += panel_width) {
      for (size_t j = 0; j < 4; j++) {
        unit[j] = single_unit(row[j], p + 1 < depth ? row[j] + unit_bytes / 2 : row[j],
                              p + 1 < depth, PAIRED, rounds);
        row[j] += unit_bytes;
      }
    }
  }
}

// The stored rows lie across the panels.
INLINE void TYPED(pack_across_depth)(uint32_t *restrict panel, size_t panel_width,
                                       const char *restrict source,
                                       size_t row_bytes, size_t count, size_t depth, bool rounds) {
  size_t element_bytes = PAIRED && !rounds ? 2 : 4;
  for (size_t p = 0; p < depth; p += UNIT, panel += panel_width, source += UNIT * row_bytes) {
    bool is_pair = p + 1 < depth;
    const char *next = is_pair ? source + row_bytes : source;
    for (size_t j = 0; j < count; j++) {
      size_t offset = j * element_bytes;
      panel[j] = single_unit(source + offset, next + offset, is_pair, PAIRED, rounds);
    }
  }
}

// Panels of `tile_width` rows (columns) of a factor, `count` of them from `start` on, over one
// block of the depth. A little of the depth at a time, for all panels, so that what is read and
// written stays at hand.
INLINE void TYPED(pack)(uint32_t *panels, size_t panel_size, size_t tile_width,
                          size_t panel_width, parable_gemm_factor factor, bool along_depth,
                          size_t start, size_t count, size_t depth_start, size_t depth,
                          bool rounds) {
  size_t element_bytes = PAIRED && !rounds ? 2 : 4;
  size_t row_bytes = factor.stride * element_bytes;
  size_t step = along_depth ? UNITS_TOGETHER / panel_width / 4 * 4 * UNIT : ROWS_TOGETHER;
  size_t step_bytes = along_depth ? element_bytes : row_bytes;
  size_t tile_bytes = along_depth ? row_bytes : element_bytes;
  const char *source = (const char *)factor.base + depth_start * step_bytes + start * tile_bytes;
  for (size_t p = 0; p < depth; p += step) {
    size_t part = least(step, depth - p);
    for (size_t done = 0; done < count; done += tile_width) {
      uint32_t *panel = panels + done / tile_width * panel_size + p / UNIT * panel_width;
      const char *tile = source + p * step_bytes + done * tile_bytes;
      size_t width = least(tile_width, count - done);
      if (along_depth) {
        TYPED(pack_along_depth)(panel, panel_width, tile, row_bytes, width, part, rounds);
      } else if (width == tile_width) {
        TYPED(pack_across_depth)(panel, panel_width, tile, row_bytes, tile_width, part, rounds);
      } else {
        TYPED(pack_across_depth)(panel, panel_width, tile, row_bytes, width, part, rounds);
      }
    }
  }
}

static void TYPED(pack_left)(uint32_t *panels, parable_gemm_factor left, size_t start,
                               size_t count, size_t depth_start, size_t depth) {
  size_t panel_size = (depth + UNIT - 1) / UNIT * LEFT_WIDTH;
  TYPED(pack)(panels, panel_size, TILE_ROWS, LEFT_WIDTH, left, !left.transposed, start, count,
                depth_start, depth, false);
}

static void TYPED(pack_right)(uint32_t *panels, parable_gemm_factor right, size_t start,
                                size_t count, size_t depth_start, size_t depth) {
  size_t panel_size = (depth + UNIT - 1) / UNIT * TILE_COLUMNS;
  TYPED(pack)(panels, panel_size, TILE_COLUMNS, TILE_COLUMNS, right, right.transposed, start,
                count, depth_start, depth, false);
}

// Panels of a factor of Float, in a width and a depth that may be more than the factor's.
static void TYPED(pack_panels)(uint32_t *panels, parable_gemm_panels layout,
                               parable_gemm_factor right) {
  size_t panel_size = layout.padded_depth / UNIT * layout.width;
  TYPED(pack)(panels, panel_size, layout.width, layout.width, right, right.transposed, 0,
                layout.columns, 0, layout.depth, PAIRED);
}

// Multiplying.

// Product and sum stand in one expression each: the compiler then fuses them in debug builds, too.
INLINE vector TYPED(multiply_add)(vector sum, uint32_t left, vector right) {
#if PAIRED
  patterns spread = left - (patterns){};
#if HAS_BFLOAT16
  return (vector)_mm512_dpbf16_ps((__m512)sum, (__m512bh)spread, (__m512bh)right);
#else
  // A bfloat16 is the upper half of a float.
  patterns pairs = (patterns)right;
  sum += (vector)(spread << 16) * (vector)(pairs << 16);
  return sum + (vector)(spread & 0xffff0000) * (vector)(pairs & 0xffff0000);
#endif
#else
  float value;
  memcpy(&value, &left, 4);
  return sum + value * right;
#endif
}

// A tile of the result from one panel of either factor.
INLINE void TYPED(tile)(size_t rows, size_t columns, size_t units, const uint32_t *left,
                          const uint32_t *right, tile_target target) {
  // The destination is fetched while the sums are made.
  for (size_t i = 0; i < rows; i++) {
    for (size_t column = 0; column < columns; column += LINE_FLOATS) {
      if (target.floats != NULL) {
        __builtin_prefetch(target.floats + i * target.stride + column, 1);
      } else {
        __builtin_prefetch(target.halves + i * target.stride + column, 1);
      }
    }
  }
  vector sums[TILE_ROWS][TILE_VECTORS];
#pragma clang loop unroll(full)
  for (size_t i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (size_t v = 0; v < TILE_VECTORS; v++) sums[i][v] = (vector){};
  }
  for (size_t p = 0; p < units; p++, left += LEFT_WIDTH, right += TILE_COLUMNS) {
    vector across[TILE_VECTORS];
#pragma clang loop unroll(full)
    for (size_t v = 0; v < TILE_VECTORS; v++) {
      across[v] = load((const float *)(right + v * LANES));
    }
#pragma clang loop unroll(full)
    for (size_t i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
      for (size_t v = 0; v < TILE_VECTORS; v++) {
        sums[i][v] = TYPED(multiply_add)(sums[i][v], left[i], across[v]);
      }
    }
  }
  if (columns == TILE_COLUMNS) {
#pragma clang loop unroll(full)
    for (size_t i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
      for (size_t v = 0; v < TILE_VECTORS; v++) {
        vector sum = sums[i][v];
        if (target.addend != NULL) {
          sum += load(target.addend + i * target.addend_stride + v * LANES);
        }
        if (target.halves != NULL) {
          halves half = rounded(sum);
          memcpy(target.halves + i * target.stride + v * LANES, &half, sizeof half);
        } else {
          store(target.floats + i * target.stride + v * LANES, sum);
        }
      }
    }
    return;
  }
  float spilled[TILE_ROWS * TILE_COLUMNS];
#pragma clang loop unroll(full)
  for (size_t i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (size_t v = 0; v < TILE_VECTORS; v++) {
      store(spilled + i * TILE_COLUMNS + v * LANES, sums[i][v]);
    }
  }
  store_part(rows, columns, spilled, TILE_COLUMNS, target);
}

#define ROWS_CASE(count)                                                                       \
  case count:                                                                                  \
    TYPED(tile)(count < TILE_ROWS ? count : TILE_ROWS, columns, units, left, right, target); \
    break;

// A tile's row count is known to the compiler, so that its sums stay in registers.
static void TYPED(tile_of)(size_t rows, size_t columns, size_t units, const uint32_t *left,
                             const uint32_t *right, tile_target target) {
  switch (rows) {
    ROWS_CASE(1)
    ROWS_CASE(2)
    ROWS_CASE(3)
    ROWS_CASE(4)
    ROWS_CASE(5)
    ROWS_CASE(6)
    ROWS_CASE(7)
    ROWS_CASE(8)
    ROWS_CASE(9)
    ROWS_CASE(10)
    ROWS_CASE(11)
    ROWS_CASE(12)
  }
}

// The product of at most ROWS_AT_ONCE rows where the target cannot hold the sums; `panels` are
// those of a right factor that is packed, or null.
static void TYPED(multiply_rows)(parable_gemm_shape shape, parable_gemm_factor left,
                                   parable_gemm_factor right, const uint32_t *panels,
                                   parable_gemm_target target, gemm_workspace *workspace) {
  size_t units = (shape.depth + UNIT - 1) / UNIT;
  depth_blocks blocks = blocks_of(units);
  bool sums_in_target = target.type == PARABLE_FLOAT;
  // A few rows read each panel once, so it need not be kept.
  size_t stripe = shape.rows <= TILE_ROWS ? TILE_COLUMNS : STRIPE_COLUMNS;

  for (size_t column = 0; column < shape.columns; column += stripe) {
    size_t stripe_columns = least(stripe, shape.columns - column);
    float *sums = sums_in_target ? (float *)target.base + column : workspace->sums;
    size_t sums_stride = sums_in_target ? target.stride : STRIPE_COLUMNS;
    if (!sums_in_target && target.adds) {
      widen_rows(shape.rows, stripe_columns, (const uint16_t *)target.base + column, target.stride,
                 sums, sums_stride);
    }
    for (size_t unit = 0, block = 0; block < blocks.count; unit += blocks.units, block++) {
      size_t depth_start = unit * UNIT;
      size_t depth = least(blocks.units * UNIT, shape.depth - depth_start);
      size_t panel_units = (depth + UNIT - 1) / UNIT;
      const uint32_t *stripe_panels = workspace->right;
      size_t panel_stride = panel_units * TILE_COLUMNS;
      if (panels == NULL) {
        TYPED(pack_right)(workspace->right, right, column, stripe_columns, depth_start, depth);
      } else {
        stripe_panels = panels + column * units + unit * TILE_COLUMNS;
        panel_stride = units * TILE_COLUMNS;
      }
      bool finishes = !sums_in_target && block == blocks.count - 1;
      tile_target tile = {.addend = block > 0 || target.adds ? sums : NULL,
                          .addend_stride = sums_stride,
                          .floats = finishes ? NULL : sums,
                          .halves = finishes ? (uint16_t *)target.base + column : NULL,
                          .stride = finishes ? target.stride : sums_stride};
      for (size_t row = 0; row < shape.rows; row += LEFT_PANELS * TILE_ROWS) {
        size_t group_rows = least(LEFT_PANELS * TILE_ROWS, shape.rows - row);
        TYPED(pack_left)(workspace->left, left, row, group_rows, depth_start, depth);
        for (size_t tile_row = 0; tile_row < group_rows; tile_row += TILE_ROWS) {
          const uint32_t *left_panel =
              workspace->left + tile_row / TILE_ROWS * panel_units * LEFT_WIDTH;
          for (size_t tile_column = 0; tile_column < stripe_columns; tile_column += TILE_COLUMNS) {
            TYPED(tile_of)(least(TILE_ROWS, group_rows - tile_row),
                             least(TILE_COLUMNS, stripe_columns - tile_column), panel_units,
                             left_panel,
                             stripe_panels + tile_column / TILE_COLUMNS * panel_stride,
                             moved(tile, row + tile_row, tile_column));
          }
        }
      }
    }
  }
}

#include "GemmRow.h"

static void TYPED(multiply)(parable_gemm_shape shape, parable_gemm_factor left,
                              parable_gemm_factor right, const uint32_t *panels,
                              parable_gemm_target target, gemm_workspace *workspace) {
  size_t units = (shape.depth + UNIT - 1) / UNIT;
  bool fits = units <= sizeof workspace->right / sizeof workspace->right[0];
  if (shape.rows == 1 && panels != NULL && !left.transposed && fits) {
    TYPED(multiply_row)(shape, left.base, panels, target, workspace);
    return;
  }
  size_t step = target.type == PARABLE_FLOAT ? shape.rows : ROWS_AT_ONCE;
  while (shape.rows > 0) {
    parable_gemm_shape part = shape;
    part.rows = least(step, shape.rows);
    TYPED(multiply_rows)(part, left, right, panels, target, workspace);
    size_t left_offset = left.transposed ? part.rows : part.rows * left.stride;
    left.base = (const char *)left.base + left_offset * (PAIRED ? 2 : 4);
    target.base = (uint16_t *)target.base + part.rows * target.stride;
    shape.rows -= part.rows;
  }
}

static const gemm_loops TYPED(gemm) = {
    .tile_columns = TILE_COLUMNS,
    .unit = UNIT,
    .multiply = TYPED(multiply),
    .pack_panels = TYPED(pack_panels),
};

#undef TYPED
#undef TILE_ROWS
#undef TILE_VECTORS
#undef TILE_COLUMNS
#undef LEFT_WIDTH
#undef PAIRED
#undef UNIT
#undef ROWS_CASE
