// Attention by blocks of QUERIES queries and KEYS keys, one head after the other.
//
// Lanes are queries: a block of scores is held transposed, [keys, QUERIES], so that maxima and sums
// over keys need no sum across lanes, and every product is of the form
//   sums[row][lanes] += Σ_depth left[row, depth] · right[depth][lanes]
// with the left factor broadcast from memory in any layout. Keys and values are used as they lie;
// queries and outputs are transposed, 2 / (keys seen) of the work.
//
// Each head is first copied into the workspace as floats without gaps, rows padded with zeros to
// whole vectors and the number of rows to whole blocks.

#define ROWS (REGISTERS / 4)  // times two vectors: half of the registers hold sums
#define QUERIES (2 * LANES)
#define KEYS 64

#define pad VARIANT(pad)
#define pack VARIANT(pack)
#define unpack VARIANT(unpack)
#define transpose VARIANT(transpose)
#define multiply VARIANT(multiply)
#define limits VARIANT(limits)
#define visible VARIANT(visible)
#define score VARIANT(score)

INLINE ptrdiff_t pad(ptrdiff_t count, ptrdiff_t unit) { return (count + unit - 1) / unit * unit; }

/// Copies rows `first` up to `first + count` of one head, times `scale`, and zeros up to `padded`
/// rows of `columns` elements.
INLINE void VARIANT(pack_rows)(const int storage, parable_heads view, ptrdiff_t batch,
                               ptrdiff_t head, ptrdiff_t first, ptrdiff_t count, ptrdiff_t width,
                               float scale, float *to, ptrdiff_t padded, ptrdiff_t columns) {
  ptrdiff_t from = batch * view.batch_stride + head * view.head_stride + first * view.token_stride;
  for (ptrdiff_t row = 0; row < count; row++, from += view.token_stride, to += columns) {
    ptrdiff_t left = width;
    for (ptrdiff_t i = 0; i < columns; i += LANES, left -= LANES) {
      store(to + i, left > 0 ? get(storage, view.base, from + i, left) * scale : (vector){});
    }
  }
  for (ptrdiff_t i = 0; i < (padded - count) * columns; i += LANES) store(to + i, (vector){});
}

INLINE void pack(parable_heads view, ptrdiff_t batch, ptrdiff_t head, ptrdiff_t first,
                 ptrdiff_t count, ptrdiff_t width, float scale, float *to, ptrdiff_t padded,
                 ptrdiff_t columns) {
  if (view.storage == PARABLE_BFLOAT16) {
    VARIANT(pack_rows)(PARABLE_BFLOAT16, view, batch, head, first, count, width, scale, to, padded,
                       columns);
  } else {
    VARIANT(pack_rows)(PARABLE_FLOAT, view, batch, head, first, count, width, scale, to, padded,
                       columns);
  }
}

/// The way back: `count` rows of `width` elements, `columns` apart, times `scale`.
INLINE void unpack(const float *from, ptrdiff_t columns, float scale, parable_heads view,
                   ptrdiff_t batch, ptrdiff_t head, ptrdiff_t first, ptrdiff_t count,
                   ptrdiff_t width) {
  ptrdiff_t to = batch * view.batch_stride + head * view.head_stride + first * view.token_stride;
  for (ptrdiff_t row = 0; row < count; row++, from += columns, to += view.token_stride) {
    for (ptrdiff_t i = 0, left = width; left > 0; i += LANES, left -= LANES) {
      vector value = load(from + i) * scale;
      if (view.storage == PARABLE_BFLOAT16) {
        put(PARABLE_BFLOAT16, view.base, to + i, left, value);
      } else {
        put(PARABLE_FLOAT, view.base, to + i, left, value);
      }
    }
  }
}

#if LANES == 16
#define INTERLEAVED_LOW(a, b) \
  __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define INTERLEAVED_HIGH(a, b) \
  __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#elif LANES == 8
#define INTERLEAVED_LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define INTERLEAVED_HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#else
#define INTERLEAVED_LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define INTERLEAVED_HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#endif

/// to[column][row] = from[row][column] for rows and columns that are multiples of LANES, squares of
/// LANES × LANES one after the other: interleaving the upper and the lower half of a square's rows
/// log₂ LANES times transposes it.
INLINE void transpose(const float *from, ptrdiff_t rows, ptrdiff_t columns, float *to) {
  for (ptrdiff_t row = 0; row < rows; row += LANES) {
    for (ptrdiff_t column = 0; column < columns; column += LANES) {
      vector square[LANES], next[LANES];
#pragma unroll
      for (int i = 0; i < LANES; i++) square[i] = load(from + (row + i) * columns + column);
#pragma unroll
      for (int step = 1; step < LANES; step *= 2) {
#pragma unroll
        for (int i = 0; i < LANES / 2; i++) {
          next[2 * i] = INTERLEAVED_LOW(square[i], square[i + LANES / 2]);
          next[2 * i + 1] = INTERLEAVED_HIGH(square[i], square[i + LANES / 2]);
        }
#pragma unroll
        for (int i = 0; i < LANES; i++) square[i] = next[i];
      }
#pragma unroll
      for (int i = 0; i < LANES; i++) store(to + (column + i) * rows + row, square[i]);
    }
  }
}

/// sums[row][v] += Σ_depth left[row·row_stride + depth·depth_stride] · right[depth·right_stride + v]
INLINE void multiply(const int vectors, const float *left, ptrdiff_t row_stride,
                     ptrdiff_t depth_stride, const float *right, ptrdiff_t right_stride,
                     ptrdiff_t depth, vector sums[ROWS][2]) {
  for (ptrdiff_t k = 0; k < depth; k++) {
    vector factors[2];
#pragma unroll
    for (int v = 0; v < vectors; v++) factors[v] = load(right + v * LANES);
#pragma unroll
    for (int row = 0; row < ROWS; row++) {
#pragma unroll
      for (int v = 0; v < vectors; v++) {
        sums[row][v] = left[row * row_stride] * factors[v] + sums[row][v];
      }
    }
    left += depth_stride;
    right += right_stride;
  }
}

/// to[row][columns] = to·factor + Σ_depth left · right for rows a multiple of ROWS and columns of
/// LANES; `factors`, where given, holds one factor for each of QUERIES columns.
INLINE void VARIANT(accumulate)(const float *left, ptrdiff_t row_stride, ptrdiff_t depth_stride,
                                const float *right, ptrdiff_t right_stride, ptrdiff_t depth,
                                const vector *factors, float *to, ptrdiff_t rows,
                                ptrdiff_t columns) {
  for (ptrdiff_t column = 0; column < columns;) {
    const int two = columns - column >= QUERIES;
    for (ptrdiff_t row = 0; row < rows; row += ROWS) {
      vector sums[ROWS][2];
      float *block = to + row * columns + column;
      if (two) {
#pragma unroll
        for (int r = 0; r < ROWS; r++) {
#pragma unroll
          for (int v = 0; v < 2; v++) {
            sums[r][v] = load(block + r * columns + v * LANES);
            if (factors) sums[r][v] *= factors[v];
          }
        }
        multiply(2, left + row * row_stride, row_stride, depth_stride, right + column,
                 right_stride, depth, sums);
#pragma unroll
        for (int r = 0; r < ROWS; r++) {
#pragma unroll
          for (int v = 0; v < 2; v++) store(block + r * columns + v * LANES, sums[r][v]);
        }
      } else {
#pragma unroll
        for (int r = 0; r < ROWS; r++) sums[r][0] = load(block + r * columns);
        multiply(1, left + row * row_stride, row_stride, depth_stride, right + column,
                 right_stride, depth, sums);
#pragma unroll
        for (int r = 0; r < ROWS; r++) store(block + r * columns, sums[r][0]);
      }
    }
    column += two ? QUERIES : LANES;
  }
}

/// The last key that each query of a block sees, −1 for none; padding queries see what the last
/// query sees.
INLINE void limits(parable_attention_shape shape, parable_attention_mask mask, ptrdiff_t first,
                   integers last[2]) {
  for (int q = 0; q < QUERIES; q++) {
    ptrdiff_t query = first + q < shape.query_length ? first + q : shape.query_length - 1;
    ptrdiff_t limit = shape.key_length - 1;
    if (mask.kind == PARABLE_MASK_CAUSAL) limit = query + shape.key_length - shape.query_length;
    last[q / LANES][q % LANES] = (int32_t)(limit < -1 ? -1 : limit);
  }
}

/// Which of the queries of a block see the given key.
INLINE void visible(parable_attention_shape shape, parable_attention_mask mask,
                    const uint8_t *bytes, ptrdiff_t first, ptrdiff_t key, const integers last[2],
                    integers seen[2]) {
  for (int v = 0; v < 2; v++) {
    seen[v] = last[v] >= ((integers){} + (int32_t)key);
    if (mask.kind != PARABLE_MASK_BOOLEAN || key >= shape.key_length) continue;
    for (int lane = 0; lane < LANES; lane++) {
      ptrdiff_t query = first + v * LANES + lane;
      if (query >= shape.query_length || !bytes[query * shape.key_length + key]) seen[v][lane] = 0;
    }
  }
}

/// The scores of ROWS keys, −∞ where a query does not see the key.
INLINE void score(parable_attention_shape shape, parable_attention_mask mask,
                  const uint8_t *bytes, ptrdiff_t first, ptrdiff_t key, int always,
                  const integers last[2], const float *keys, ptrdiff_t columns,
                  const float *queries, vector sums[ROWS][2]) {
#pragma unroll
  for (int row = 0; row < ROWS; row++) sums[row][0] = sums[row][1] = (vector){};
  multiply(2, keys + key * columns, columns, 1, queries, QUERIES, shape.head_width, sums);
  if (always) return;
#pragma unroll
  for (int row = 0; row < ROWS; row++) {
    integers seen[2];
    visible(shape, mask, bytes, first, key + row, last, seen);
#pragma unroll
    for (int v = 0; v < 2; v++) sums[row][v] = select(seen[v], sums[row][v], fill(-INFINITY));
  }
}

/// The number of keys, rounded up to ROWS, that some query of the block sees, and in `common` the
/// number that all see.
INLINE ptrdiff_t VARIANT(key_range)(parable_attention_shape shape, parable_attention_mask mask,
                                    const integers last[2], ptrdiff_t *common) {
  *common = mask.kind == PARABLE_MASK_BOOLEAN ? 0 : last[0][0] + 1;
  return pad(last[1][LANES - 1] + 1, ROWS);
}

#define LOG2_E 1.44269504f
#define LN_2 0.693147181f

// Workspace, in floats
#define KEY_COLUMNS(shape) pad((shape).head_width, LANES)
#define VALUE_COLUMNS(shape) pad((shape).value_width, LANES)
#define KEY_ROWS(shape) pad((shape).key_length, KEYS)

static ptrdiff_t VARIANT(attention_workspace)(parable_attention_shape shape) {
  ptrdiff_t columns = KEY_COLUMNS(shape) + VALUE_COLUMNS(shape);
  return 4 * (KEY_ROWS(shape) * columns + 2 * QUERIES * columns + KEYS * QUERIES);
}

static void VARIANT(attention)(parable_heads query, parable_heads key, parable_heads value,
                               parable_attention_shape shape, parable_attention_mask mask,
                               parable_heads output, float *log_sum_exp, void *workspace) {
  const ptrdiff_t key_columns = KEY_COLUMNS(shape), value_columns = VALUE_COLUMNS(shape);
  const ptrdiff_t key_rows = KEY_ROWS(shape);
  float *keys = workspace;
  float *values = keys + key_rows * key_columns;
  float *queries = values + key_rows * value_columns;
  float *queries_across = queries + QUERIES * key_columns;
  float *outputs = queries_across + QUERIES * key_columns;
  float *outputs_across = outputs + QUERIES * value_columns;
  float *weights = outputs_across + QUERIES * value_columns;
  const float scale = (float)(1.0 / sqrt((double)shape.head_width)) * LOG2_E;

  for (ptrdiff_t b = 0; b < shape.batch; b++) {
    for (ptrdiff_t h = 0; h < shape.heads; h++) {
      const uint8_t *bytes = mask.bytes + b * mask.batch_stride + h * mask.head_stride;
      pack(key, b, h, 0, shape.key_length, shape.head_width, 1, keys, key_rows, key_columns);
      pack(value, b, h, 0, shape.key_length, shape.value_width, 1, values, key_rows,
           value_columns);
      for (ptrdiff_t first = 0; first < shape.query_length; first += QUERIES) {
        ptrdiff_t count = shape.query_length - first;
        if (count > QUERIES) count = QUERIES;
        pack(query, b, h, first, count, shape.head_width, scale, queries, QUERIES, key_columns);
        transpose(queries, QUERIES, key_columns, queries_across);
        for (ptrdiff_t i = 0; i < QUERIES * value_columns; i += LANES) {
          store(outputs_across + i, (vector){});
        }

        integers last[2];
        limits(shape, mask, first, last);
        ptrdiff_t common;
        const ptrdiff_t end = VARIANT(key_range)(shape, mask, last, &common);
        vector largest[2] = {fill(-INFINITY), fill(-INFINITY)};
        vector sum[2] = {};
        for (ptrdiff_t start = 0; start < end; start += KEYS) {
          const ptrdiff_t length = end - start < KEYS ? end - start : KEYS;
          vector top[2] = {largest[0], largest[1]};
          for (ptrdiff_t k = 0; k < length; k += ROWS) {
            vector sums[ROWS][2];
            score(shape, mask, bytes, first, start + k, start + k + ROWS <= common, last, keys,
                  key_columns, queries_across, sums);
#pragma unroll
            for (int row = 0; row < ROWS; row++) {
#pragma unroll
              for (int v = 0; v < 2; v++) {
                top[v] = larger(sums[row][v], top[v]);
                store(weights + (k + row) * QUERIES + v * LANES, sums[row][v]);
              }
            }
          }
          vector factors[2], offset[2];
          for (int v = 0; v < 2; v++) {
            // A query that has seen nothing yet must not subtract infinities.
            offset[v] = select(top[v] == -INFINITY, (vector){}, top[v]);
            factors[v] = power_of_two(largest[v] - offset[v]);
            sum[v] *= factors[v];
            largest[v] = top[v];
          }
          for (ptrdiff_t k = 0; k < length; k++) {
#pragma unroll
            for (int v = 0; v < 2; v++) {
              float *weight = weights + k * QUERIES + v * LANES;
              vector e = power_of_two(load(weight) - offset[v]);
              sum[v] += e;
              store(weight, e);
            }
          }
          VARIANT(accumulate)(values + start * value_columns, 1, value_columns, weights, QUERIES,
                              length, factors, outputs_across, value_columns, QUERIES);
        }

        for (int v = 0; v < 2; v++) {
          vector inverse = select(sum[v] == 0, (vector){}, 1.0f / sum[v]);
          for (ptrdiff_t i = 0; i < value_columns; i++) {
            float *lanes = outputs_across + i * QUERIES + v * LANES;
            store(lanes, load(lanes) * inverse);
          }
        }
        transpose(outputs_across, value_columns, QUERIES, outputs);
        unpack(outputs, value_columns, 1, output, b, h, first, count, shape.value_width);
        float *kept = log_sum_exp + (b * shape.heads + h) * shape.query_length + first;
        for (ptrdiff_t q = 0; q < count; q++) {
          kept[q] = largest[q / LANES][q % LANES] * LN_2 + logf(sum[q / LANES][q % LANES]);
        }
      }
    }
  }
}

static ptrdiff_t VARIANT(attention_backward_workspace)(parable_attention_shape shape) {
  ptrdiff_t columns = KEY_COLUMNS(shape) + VALUE_COLUMNS(shape);
  return 4 * (2 * KEY_ROWS(shape) * columns + 3 * QUERIES * columns + 2 * KEYS * QUERIES +
              QUERIES * KEY_COLUMNS(shape));
}

static void VARIANT(attention_backward)(parable_heads d_output, parable_heads query,
                                        parable_heads key, parable_heads value,
                                        parable_heads output, const float *log_sum_exp,
                                        parable_attention_shape shape,
                                        parable_attention_mask mask, parable_heads d_query,
                                        parable_heads d_key, parable_heads d_value,
                                        void *workspace) {
  const ptrdiff_t key_columns = KEY_COLUMNS(shape), value_columns = VALUE_COLUMNS(shape);
  const ptrdiff_t key_rows = KEY_ROWS(shape);
  float *keys = workspace;
  float *d_keys = keys + key_rows * key_columns;
  float *values = d_keys + key_rows * key_columns;
  float *d_values = values + key_rows * value_columns;
  float *queries = d_values + key_rows * value_columns;
  float *queries_across = queries + QUERIES * key_columns;
  float *d_queries = queries_across + QUERIES * key_columns;
  float *d_queries_across = d_queries + QUERIES * key_columns;
  float *d_outputs = d_queries_across + QUERIES * key_columns;
  float *d_outputs_across = d_outputs + QUERIES * value_columns;
  float *outputs = d_outputs_across + QUERIES * value_columns;
  float *weights = outputs + QUERIES * value_columns;
  float *d_scores = weights + KEYS * QUERIES;
  const float scale = (float)(1.0 / sqrt((double)shape.head_width));

  for (ptrdiff_t b = 0; b < shape.batch; b++) {
    for (ptrdiff_t h = 0; h < shape.heads; h++) {
      const uint8_t *bytes = mask.bytes + b * mask.batch_stride + h * mask.head_stride;
      pack(key, b, h, 0, shape.key_length, shape.head_width, 1, keys, key_rows, key_columns);
      pack(value, b, h, 0, shape.key_length, shape.value_width, 1, values, key_rows,
           value_columns);
      for (ptrdiff_t i = 0; i < key_rows * key_columns; i += LANES) store(d_keys + i, (vector){});
      for (ptrdiff_t i = 0; i < key_rows * value_columns; i += LANES) {
        store(d_values + i, (vector){});
      }
      for (ptrdiff_t first = 0; first < shape.query_length; first += QUERIES) {
        ptrdiff_t count = shape.query_length - first;
        if (count > QUERIES) count = QUERIES;
        pack(query, b, h, first, count, shape.head_width, scale * LOG2_E, queries, QUERIES,
             key_columns);
        pack(d_output, b, h, first, count, shape.value_width, 1, d_outputs, QUERIES,
             value_columns);
        pack(output, b, h, first, count, shape.value_width, 1, outputs, QUERIES, value_columns);
        transpose(queries, QUERIES, key_columns, queries_across);
        transpose(d_outputs, QUERIES, value_columns, d_outputs_across);
        for (ptrdiff_t i = 0; i < QUERIES * key_columns; i += LANES) {
          store(d_queries_across + i, (vector){});
        }

        integers last[2];
        limits(shape, mask, first, last);
        ptrdiff_t common;
        const ptrdiff_t end = VARIANT(key_range)(shape, mask, last, &common);

        // Σ_key weight · d_weight of a query is d_output · output.
        vector mean[2], offset[2];
        const float *kept = log_sum_exp + (b * shape.heads + h) * shape.query_length + first;
        for (int q = 0; q < QUERIES; q++) {
          vector dot = {};
          for (ptrdiff_t i = 0; i < value_columns; i += LANES) {
            dot += load(d_outputs + q * value_columns + i) * load(outputs + q * value_columns + i);
          }
          mean[q / LANES][q % LANES] = sum_of(dot);
          // Queries that see nothing, and padding, get weights of 0.
          float exponent = q < count && kept[q] != -INFINITY ? kept[q] * LOG2_E : INFINITY;
          offset[q / LANES][q % LANES] = exponent;
        }

        for (ptrdiff_t start = 0; start < end; start += KEYS) {
          const ptrdiff_t length = end - start < KEYS ? end - start : KEYS;
          for (ptrdiff_t k = 0; k < length; k += ROWS) {
            vector sums[ROWS][2];
            score(shape, mask, bytes, first, start + k, start + k + ROWS <= common, last, keys,
                  key_columns, queries_across, sums);
#pragma unroll
            for (int row = 0; row < ROWS; row++) {
#pragma unroll
              for (int v = 0; v < 2; v++) {
                store(weights + (k + row) * QUERIES + v * LANES,
                      power_of_two(sums[row][v] - offset[v]));
                sums[row][v] = -mean[v];
              }
            }
            multiply(2, values + (start + k) * value_columns, value_columns, 1, d_outputs_across,
                     QUERIES, shape.value_width, sums);
#pragma unroll
            for (int row = 0; row < ROWS; row++) {
#pragma unroll
              for (int v = 0; v < 2; v++) {
                ptrdiff_t at = (k + row) * QUERIES + v * LANES;
                store(d_scores + at, load(weights + at) * sums[row][v]);
              }
            }
          }
          VARIANT(accumulate)(weights, QUERIES, 1, d_outputs, value_columns, QUERIES, NULL,
                              d_values + start * value_columns, length, value_columns);
          VARIANT(accumulate)(d_scores, QUERIES, 1, queries, key_columns, QUERIES, NULL,
                              d_keys + start * key_columns, length, key_columns);
          VARIANT(accumulate)(keys + start * key_columns, 1, key_columns, d_scores, QUERIES,
                              length, NULL, d_queries_across, key_columns, QUERIES);
        }
        transpose(d_queries_across, key_columns, QUERIES, d_queries);
        unpack(d_queries, key_columns, scale, d_query, b, h, first, count, shape.head_width);
      }
      // The packed queries carry scale · log₂ e.
      unpack(d_keys, key_columns, LN_2, d_key, b, h, 0, shape.key_length, shape.head_width);
      unpack(d_values, value_columns, 1, d_value, b, h, 0, shape.key_length, shape.value_width);
    }
  }
}

#undef pad
#undef pack
#undef unpack
#undef transpose
#undef multiply
#undef limits
#undef visible
#undef score
#undef ROWS
#undef QUERIES
#undef KEYS
#undef INTERLEAVED_LOW
#undef INTERLEAVED_HIGH
#undef LOG2_E
#undef LN_2
#undef KEY_COLUMNS
#undef VALUE_COLUMNS
#undef KEY_ROWS
