// The blocked matrix product for one instruction set and one element type. Gemm.c includes this
// file once for each, with these macros:
//   VARIANT(name)            the name with the variant's suffix
//   LANES                    floats in a vector
//   TILE_ROWS, TILE_VECTORS  the tile of the result that is held in registers
//   PAIRED                   1 where a unit of depth is a pair of bfloat16, 0 where it is a float
//
// Both factors are cut along the depth into blocks and laid out in panels: for each unit of depth,
// 32 bits, the values of a tile's rows (columns) lie side by side. A tile's sums run over a block
// in order, each element in a lane of its own, and blocks are added in order: how an element is
// summed is a function of the depth alone.

#define TILE_COLUMNS (TILE_VECTORS * LANES)
#define LEFT_WIDTH ((TILE_ROWS + 3) / 4 * 4)  // panels are packed four rows at a time

#if PAIRED
#define UNIT 2
typedef uint16_t VARIANT(element);
#else
#define UNIT 1
typedef float VARIANT(element);
#endif
typedef float VARIANT(vector) __attribute__((vector_size(4 * LANES)));
typedef float VARIANT(loose) __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef uint32_t VARIANT(bits) __attribute__((vector_size(4 * LANES)));
typedef uint16_t VARIANT(halves) __attribute__((vector_size(2 * LANES), aligned(2), may_alias));

// The last panel of a factor may be narrower than a tile. Its missing rows repeat the last one, so
// that nothing outside the factor is read; what they sum up to is never stored.
static void VARIANT(pack_along_depth)(uint32_t *panel, size_t panel_width,
                                      const VARIANT(element) *source, size_t stride, size_t count,
                                      size_t depth) {
  size_t units = depth / UNIT;
  for (size_t first = 0; first < panel_width; first += 4) {
    const VARIANT(element) *row[4];
    for (size_t j = 0; j < 4; j++) {
      size_t index = first + j < count ? first + j : count - 1;
      row[j] = source + index * stride;
    }
    uint32_t *destination = panel + first;
    size_t p = 0;
    for (; p + 4 <= units; p += 4, destination += 4 * panel_width) {
      quad v0 = load_quad(row[0] + p * UNIT), v1 = load_quad(row[1] + p * UNIT);
      quad v2 = load_quad(row[2] + p * UNIT), v3 = load_quad(row[3] + p * UNIT);
      quad low01 = __builtin_shufflevector(v0, v1, 0, 4, 1, 5);
      quad low23 = __builtin_shufflevector(v2, v3, 0, 4, 1, 5);
      quad high01 = __builtin_shufflevector(v0, v1, 2, 6, 3, 7);
      quad high23 = __builtin_shufflevector(v2, v3, 2, 6, 3, 7);
      store_quad(destination, __builtin_shufflevector(low01, low23, 0, 1, 4, 5));
      store_quad(destination + panel_width, __builtin_shufflevector(low01, low23, 2, 3, 6, 7));
      store_quad(destination + 2 * panel_width, __builtin_shufflevector(high01, high23, 0, 1, 4, 5));
      store_quad(destination + 3 * panel_width, __builtin_shufflevector(high01, high23, 2, 3, 6, 7));
    }
    for (; p < units; p++, destination += panel_width) {
      for (size_t j = 0; j < 4; j++) memcpy(destination + j, row[j] + p * UNIT, 4);
    }
#if PAIRED
    if (depth % 2 != 0) {
      for (size_t j = 0; j < 4; j++) destination[j] = row[j][depth - 1];
    }
#endif
  }
}

static inline __attribute__((always_inline)) void VARIANT(pack_unit)(
    uint32_t *panel, const VARIANT(element) *source, size_t stride, size_t count, bool is_pair) {
#if PAIRED
  if (is_pair) {
    for (size_t j = 0; j < count; j++) panel[j] = source[j] | (uint32_t)source[stride + j] << 16;
  } else {
    for (size_t j = 0; j < count; j++) panel[j] = source[j];
  }
#else
  (void)stride, (void)is_pair;
  memcpy(panel, source, 4 * count);
#endif
}

// The stored rows lie across the panels.
static inline __attribute__((always_inline)) void VARIANT(pack_across_depth)(
    uint32_t *panel, size_t tile_width, size_t panel_width, const VARIANT(element) *source,
    size_t stride, size_t count, size_t depth) {
  for (size_t p = 0; p < depth; p += UNIT, panel += panel_width, source += UNIT * stride) {
    if (count == tile_width) {
      VARIANT(pack_unit)(panel, source, stride, tile_width, p + 1 < depth);
    } else {
      VARIANT(pack_unit)(panel, source, stride, count, p + 1 < depth);
    }
  }
}

// Panels for `count` rows (columns) from `start` on, over one block of the depth.
static inline __attribute__((always_inline)) void VARIANT(pack)(
    uint32_t *panels, size_t tile_width, size_t panel_width, parable_gemm_factor factor,
    bool along_depth, size_t start, size_t count, size_t depth_start, size_t depth) {
  size_t panel_size = (depth + UNIT - 1) / UNIT * panel_width;
  const VARIANT(element) *base = factor.base;
  if (along_depth) {
    base += start * factor.stride + depth_start;
    for (size_t done = 0; done < count; done += tile_width, panels += panel_size) {
      VARIANT(pack_along_depth)(panels, panel_width, base + done * factor.stride, factor.stride,
                                smaller(tile_width, count - done), depth);
    }
    return;
  }
  // A few rows at a time, which may each lie in a page of its own, for all panels.
  base += depth_start * factor.stride + start;
  for (size_t p = 0; p < depth; p += ROWS_TOGETHER) {
    uint32_t *panel = panels + p / UNIT * panel_width;
    for (size_t done = 0; done < count; done += tile_width, panel += panel_size) {
      VARIANT(pack_across_depth)(panel, tile_width, panel_width, base + p * factor.stride + done,
                                 factor.stride, smaller(tile_width, count - done),
                                 smaller(ROWS_TOGETHER, depth - p));
    }
  }
}

static void VARIANT(pack_left)(uint32_t *panels, parable_gemm_factor left, size_t start,
                               size_t count, size_t depth_start, size_t depth) {
  VARIANT(pack)(panels, TILE_ROWS, LEFT_WIDTH, left, !left.transposed, start, count, depth_start, depth);
}

static void VARIANT(pack_right)(uint32_t *panels, parable_gemm_factor right, size_t start,
                                size_t count, size_t depth_start, size_t depth) {
  VARIANT(pack)(panels, TILE_COLUMNS, TILE_COLUMNS, right, right.transposed, start, count, depth_start, depth);
}

static inline __attribute__((always_inline)) VARIANT(vector)
    VARIANT(multiply_add)(VARIANT(vector) sum, uint32_t left, VARIANT(vector) right) {
#if PAIRED
  VARIANT(bits) spread = left - (VARIANT(bits)){0};
  return (VARIANT(vector))_mm512_dpbf16_ps((__m512)sum, (__m512bh)spread, (__m512bh)right);
#else
#pragma clang fp contract(fast)
  float value;
  memcpy(&value, &left, 4);
  return sum + value * right;
#endif
}

// Rounds to the nearest bfloat16, ties to even; NaN stays NaN.
static inline __attribute__((always_inline)) void VARIANT(store_rounded)(uint16_t *destination,
                                                                         VARIANT(vector) value) {
  VARIANT(bits) bits = (VARIANT(bits))value;
  VARIANT(bits) rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  VARIANT(bits) is_nan = (VARIANT(bits))(value != value);
  rounded = (is_nan & (bits >> 16 | 0x40)) | (~is_nan & rounded);
  *(VARIANT(halves) *)destination = __builtin_convertvector(rounded, VARIANT(halves));
}

static inline __attribute__((always_inline)) void VARIANT(tile)(size_t rows, size_t columns,
                                                                size_t units, const uint32_t *left,
                                                                const uint32_t *right,
                                                                tile_target target) {
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
  VARIANT(vector) sums[TILE_ROWS][TILE_VECTORS];
#pragma clang loop unroll(full)
  for (size_t i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (size_t v = 0; v < TILE_VECTORS; v++) sums[i][v] = (VARIANT(vector)){0};
  }
  for (size_t p = 0; p < units; p++, left += LEFT_WIDTH, right += TILE_COLUMNS) {
    VARIANT(vector) across[TILE_VECTORS];
#pragma clang loop unroll(full)
    for (size_t v = 0; v < TILE_VECTORS; v++) {
      across[v] = *(const VARIANT(loose) *)(right + v * LANES);
    }
#pragma clang loop unroll(full)
    for (size_t i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
      for (size_t v = 0; v < TILE_VECTORS; v++) {
        sums[i][v] = VARIANT(multiply_add)(sums[i][v], left[i], across[v]);
      }
    }
  }
  if (columns == TILE_COLUMNS) {
#pragma clang loop unroll(full)
    for (size_t i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
      for (size_t v = 0; v < TILE_VECTORS; v++) {
        VARIANT(vector) sum = sums[i][v];
        if (target.addend != NULL) {
          sum += *(const VARIANT(loose) *)(target.addend + i * target.addend_stride + v * LANES);
        }
        if (target.halves != NULL) {
          VARIANT(store_rounded)(target.halves + i * target.stride + v * LANES, sum);
        } else {
          *(VARIANT(loose) *)(target.floats + i * target.stride + v * LANES) = sum;
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
      *(VARIANT(loose) *)(spilled + i * TILE_COLUMNS + v * LANES) = sums[i][v];
    }
  }
  store_part(rows, columns, spilled, TILE_COLUMNS, target);
}

#define ROWS_CASE(count)                                                               \
  case count:                                                                          \
    VARIANT(tile)(count < TILE_ROWS ? count : TILE_ROWS, columns, units, left, right, target); \
    break;

// A tile's row count is known to the compiler, so that its sums stay in registers.
static void VARIANT(tile_of)(size_t rows, size_t columns, size_t units, const uint32_t *left,
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

static void VARIANT(multiply_rows)(parable_gemm_shape shape, parable_gemm_factor left,
                                   parable_gemm_factor right, const uint32_t *panels,
                                   parable_gemm_target target, gemm_workspace *workspace) {
  size_t units = (shape.depth + UNIT - 1) / UNIT;
  size_t block_count = units > BLOCK_UNITS ? (units + BLOCK_UNITS - 1) / BLOCK_UNITS : 1;
  size_t block_units = (units + block_count - 1) / block_count;
  bool sums_in_target = target.type == PARABLE_FLOAT;
  // A few rows read each panel once, so it need not be kept.
  size_t stripe = shape.rows <= TILE_ROWS ? TILE_COLUMNS : STRIPE_COLUMNS / TILE_COLUMNS * TILE_COLUMNS;

  for (size_t column = 0; column < shape.columns; column += stripe) {
    size_t stripe_columns = smaller(stripe, shape.columns - column);
    float *sums = sums_in_target ? (float *)target.base + column : workspace->sums;
    size_t sums_stride = sums_in_target ? target.stride : STRIPE_COLUMNS;
    if (!sums_in_target && target.adds) {
      widen_rows(shape.rows, stripe_columns, (const uint16_t *)target.base + column, target.stride,
                 sums, sums_stride);
    }
    for (size_t unit = 0, block = 0; block < block_count; unit += block_units, block++) {
      size_t depth_start = unit * UNIT;
      size_t depth = smaller(block_units * UNIT, shape.depth - depth_start);
      size_t panel_units = (depth + UNIT - 1) / UNIT;
      const uint32_t *stripe_panels = panels + column * units + unit * TILE_COLUMNS;
      size_t panel_stride = units * TILE_COLUMNS;
      if (panels == NULL) {
        VARIANT(pack_right)(workspace->right, right, column, stripe_columns, depth_start, depth);
        stripe_panels = workspace->right;
        panel_stride = panel_units * TILE_COLUMNS;
      }
      bool finishes = !sums_in_target && block == block_count - 1;
      tile_target tile = {.addend = block > 0 || target.adds ? sums : NULL,
                          .addend_stride = sums_stride,
                          .floats = finishes ? NULL : sums,
                          .halves = finishes ? (uint16_t *)target.base + column : NULL,
                          .stride = finishes ? target.stride : sums_stride};
      for (size_t row = 0; row < shape.rows; row += LEFT_PANELS * TILE_ROWS) {
        size_t group_rows = smaller(LEFT_PANELS * TILE_ROWS, shape.rows - row);
        VARIANT(pack_left)(workspace->left, left, row, group_rows, depth_start, depth);
        for (size_t tile_row = 0; tile_row < group_rows; tile_row += TILE_ROWS) {
          const uint32_t *left_panel = workspace->left + tile_row / TILE_ROWS * panel_units * LEFT_WIDTH;
          for (size_t tile_column = 0; tile_column < stripe_columns; tile_column += TILE_COLUMNS) {
            VARIANT(tile_of)(smaller(TILE_ROWS, group_rows - tile_row),
                             smaller(TILE_COLUMNS, stripe_columns - tile_column), panel_units,
                             left_panel,
                             stripe_panels + tile_column / TILE_COLUMNS * panel_stride,
                             moved(tile, row + tile_row, tile_column));
          }
        }
      }
    }
  }
}

static void VARIANT(multiply)(parable_gemm_shape shape, parable_gemm_factor left,
                              parable_gemm_factor right, const uint32_t *panels,
                              parable_gemm_target target, gemm_workspace *workspace) {
  size_t step = target.type == PARABLE_FLOAT ? shape.rows : ROWS_AT_ONCE;
  while (shape.rows > 0) {
    parable_gemm_shape part = shape;
    part.rows = smaller(step, shape.rows);
    VARIANT(multiply_rows)(part, left, right, panels, target, workspace);
    size_t left_offset = left.transposed ? part.rows : part.rows * left.stride;
    left.base = (const VARIANT(element) *)left.base + left_offset;
    target.base = (uint16_t *)target.base + part.rows * target.stride;
    shape.rows -= part.rows;
  }
}

static const gemm_loops VARIANT(loops) = {
    .tile_columns = TILE_COLUMNS, .unit = UNIT, .multiply = VARIANT(multiply), .pack_right = VARIANT(pack_right)};

#undef VARIANT
#undef LANES
#undef TILE_ROWS
#undef TILE_VECTORS
#undef TILE_COLUMNS
#undef LEFT_WIDTH
#undef PAIRED
#undef UNIT
#undef ROWS_CASE
