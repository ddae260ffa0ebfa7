// The product of a single row, as in generation: a part of GemmProduct.h, with its macros.

// Sums of a row with `count` packed panels that lie side by side.
INLINE void TYPED(row_sums)(size_t count, size_t units, const uint32_t *left,
                              const uint32_t *right, size_t panel_stride, float *result) {
  vector sums[ROW_PANELS][TILE_VECTORS];
#pragma clang loop unroll(full)
  for (size_t j = 0; j < count; j++) {
#pragma clang loop unroll(full)
    for (size_t v = 0; v < TILE_VECTORS; v++) sums[j][v] = (vector){};
  }
  for (size_t p = 0; p < units; p++, right += TILE_COLUMNS) {
#pragma clang loop unroll(full)
    for (size_t j = 0; j < count; j++) {
#pragma clang loop unroll(full)
      for (size_t v = 0; v < TILE_VECTORS; v++) {
        const uint32_t *across = right + j * panel_stride + v * LANES;
        sums[j][v] = TYPED(multiply_add)(sums[j][v], left[p], load((const float *)across));
      }
    }
  }
#pragma clang loop unroll(full)
  for (size_t j = 0; j < count; j++) {
#pragma clang loop unroll(full)
    for (size_t v = 0; v < TILE_VECTORS; v++) {
      store(result + j * TILE_COLUMNS + v * LANES, sums[j][v]);
    }
  }
}

// The product of one row, which waits for the packed panels to come from memory: several are read at
// a time, and the row is not laid out anew for each. The sums are those of `multiply_rows`.
static void TYPED(multiply_row)(parable_gemm_shape shape, const void *left,
                                  const uint32_t *panels, parable_gemm_target target,
                                  gemm_workspace *workspace) {
  size_t units = (shape.depth + UNIT - 1) / UNIT;
  depth_blocks blocks = blocks_of(units);
  workspace->right[units - 1] = 0;  // the second half of the last pair may be missing
  memcpy(workspace->right, left, shape.depth * (PAIRED ? 2 : 4));
  size_t panel_stride = units * TILE_COLUMNS;
  for (size_t column = 0; column < shape.columns;) {
    size_t left_over = (shape.columns - column + TILE_COLUMNS - 1) / TILE_COLUMNS;
    size_t together = left_over < ROW_PANELS ? 1 : ROW_PANELS;
    size_t columns = least(together * TILE_COLUMNS, shape.columns - column);
    float *floats = target.type == PARABLE_FLOAT ? (float *)target.base + column : NULL;
    uint16_t *halves = floats == NULL ? (uint16_t *)target.base + column : NULL;
    float total[ROW_PANELS * TILE_COLUMNS], sums[ROW_PANELS * TILE_COLUMNS];
    for (size_t j = 0; j < columns && target.adds; j++) {
      total[j] = floats != NULL ? floats[j] : parable_from_bfloat16(halves[j]);
    }
    for (size_t block = 0, unit = 0; block < blocks.count; block++, unit += blocks.units) {
      size_t block_units = least(blocks.units, units - unit);
      const uint32_t *row = workspace->right + unit;
      const uint32_t *right = panels + column * units + unit * TILE_COLUMNS;
      if (together == 1) {
        TYPED(row_sums)(1, block_units, row, right, panel_stride, sums);
      } else {
        TYPED(row_sums)(ROW_PANELS, block_units, row, right, panel_stride, sums);
      }
      bool adds = block > 0 || target.adds;
      for (size_t j = 0; j < columns; j++) total[j] = adds ? sums[j] + total[j] : sums[j];
    }
    for (size_t j = 0; j < columns; j++) {
      if (floats != NULL) {
        floats[j] = total[j];
      } else {
        halves[j] = parable_to_bfloat16(total[j]);
      }
    }
    column += columns;
  }
}
