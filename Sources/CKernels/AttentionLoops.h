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
#define smaller VARIANT(smaller)
#define prefetch VARIANT(prefetch)
#define pack VARIANT(pack)
#define unpack VARIANT(unpack)
#define transpose VARIANT(transpose)
#define multiply VARIANT(multiply)
#define limits VARIANT(limits)
#define visible VARIANT(visible)
#define score VARIANT(score)

INLINE ptrdiff_t pad(ptrdiff_t count, ptrdiff_t unit) { return (count + unit - 1) / unit * unit; }

INLINE ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

/// Fetches the same place of the next head: where heads lie side by side, their rows are a whole
/// token apart, which the processor does not foresee.
INLINE void prefetch(const int storage, const int writes, parable_heads view, ptrdiff_t index) {
  const char *next = view.base;
  next += (index + view.head_stride) * (storage == PARABLE_BFLOAT16 ? 2 : 4);
  if (writes) {
    __builtin_prefetch(next, 1, 2);
  } else {
    __builtin_prefetch(next, 0, 2);
  }
}

/// Copies rows `first` up to `first + count` of one head, times `scale`, and zeros up to `padded`
/// rows of `columns` elements.
INLINE void VARIANT(pack_rows)(const int storage, parable_heads view, ptrdiff_t batch,
                               ptrdiff_t head, ptrdiff_t first, ptrdiff_t count, ptrdiff_t width,
                               float scale, float *to, ptrdiff_t padded, ptrdiff_t columns) {
  ptrdiff_t from = batch * view.batch_stride + head * view.head_stride + first * view.token_stride;
  for (ptrdiff_t row = 0; row < count; row++, from += view.token_stride, to += columns) {
    ptrdiff_t left = width;
    for (ptrdiff_t i = 0; i < columns; i += LANES, left -= LANES) {
      prefetch(storage, 0, view, from + i);
      store(to + i, left > 0 ? get(storage, view.base, from + i, left) * scale : (vector){});
    }
  }
  for (ptrdiff_t i = 0; i < (padded - count) * columns; i += LANES) store(to + i, (vector){});
}

OUTLINE void pack(parable_heads view, ptrdiff_t batch, ptrdiff_t head, ptrdiff_t first,
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
OUTLINE void unpack(const float *from, ptrdiff_t columns, float scale, parable_heads view,
                    ptrdiff_t batch, ptrdiff_t head, ptrdiff_t first, ptrdiff_t count,
                    ptrdiff_t width) {
  ptrdiff_t to = batch * view.batch_stride + head * view.head_stride + first * view.token_stride;
  for (ptrdiff_t row = 0; row < count; row++, from += columns, to += view.token_stride) {
    for (ptrdiff_t i = 0, left = width; left > 0; i += LANES, left -= LANES) {
      prefetch(view.storage, 1, view, to + i);
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
OUTLINE void transpose(const float *from, ptrdiff_t rows, ptrdiff_t columns, float *to) {
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
/// for the vectors from `first` up to `end`.
INLINE void multiply(const int first, const int end, const float *left, ptrdiff_t row_stride,
                     ptrdiff_t depth_stride, const float *right, ptrdiff_t right_stride,
                     ptrdiff_t depth, vector sums[ROWS][2]) {
  for (ptrdiff_t k = 0; k < depth; k++) {
    vector factors[2];
#pragma unroll
    for (int v = first; v < end; v++) factors[v] = load(right + v * LANES);
#pragma unroll
    for (int row = 0; row < ROWS; row++) {
#pragma unroll
      for (int v = first; v < end; v++) {
        sums[row][v] = left[row * row_stride] * factors[v] + sums[row][v];
      }
    }
    left += depth_stride;
    right += right_stride;
  }
}

/// to[row][column] = to·factor + Σ_depth left · right for rows a multiple of ROWS and columns of
/// LANES; `factors`, where given, holds those of the (one or two) vectors of columns.
OUTLINE void VARIANT(accumulate)(const float *left, ptrdiff_t row_stride, ptrdiff_t depth_stride,
                                 const float *right, ptrdiff_t right_stride, ptrdiff_t depth,
                                 const vector *factors, float *to, ptrdiff_t to_stride,
                                 ptrdiff_t rows, ptrdiff_t columns) {
  for (ptrdiff_t column = 0; column < columns;) {
    const int two = columns - column >= 2 * LANES;
    for (ptrdiff_t row = 0; row < rows; row += ROWS) {
      vector sums[ROWS][2];
      float *block = to + row * to_stride + column;
      if (two) {
#pragma unroll
        for (int r = 0; r < ROWS; r++) {
#pragma unroll
          for (int v = 0; v < 2; v++) {
            sums[r][v] = load(block + r * to_stride + v * LANES);
            if (factors) sums[r][v] *= factors[v];
          }
        }
        multiply(0, 2, left + row * row_stride, row_stride, depth_stride, right + column,
                 right_stride, depth, sums);
#pragma unroll
        for (int r = 0; r < ROWS; r++) {
#pragma unroll
          for (int v = 0; v < 2; v++) store(block + r * to_stride + v * LANES, sums[r][v]);
        }
      } else {
#pragma unroll
        for (int r = 0; r < ROWS; r++) {
          sums[r][0] = load(block + r * to_stride);
          if (factors) sums[r][0] *= factors[0];
        }
        multiply(0, 1, left + row * row_stride, row_stride, depth_stride, right + column,
                 right_stride, depth, sums);
#pragma unroll
        for (int r = 0; r < ROWS; r++) store(block + r * to_stride, sums[r][0]);
      }
    }
    column += two ? 2 * LANES : LANES;
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

/// How far the keys of a block of queries reach, each a multiple of ROWS but the first.
typedef struct {
  ptrdiff_t common;  // all queries see the keys before it
  ptrdiff_t split;   // no query of the first vector sees a key from here on
  ptrdiff_t end;     // no query does
} VARIANT(reach);

INLINE VARIANT(reach) VARIANT(reach_of)(parable_attention_mask mask, const integers last[2]) {
  VARIANT(reach) reach;
  reach.common = mask.kind == PARABLE_MASK_BOOLEAN ? 0 : last[0][0] + 1;
  reach.split = pad(last[0][LANES - 1] + 1, ROWS);
  reach.end = pad(last[1][LANES - 1] + 1, ROWS);
  return reach;
}

/// The scores of ROWS keys for the vectors of queries from `v0` on, −∞ where a query does not see
/// the key.
INLINE void score(const int v0, parable_attention_shape shape, parable_attention_mask mask,
                  const uint8_t *bytes, ptrdiff_t first, ptrdiff_t key, int always,
                  const integers last[2], const float *keys, ptrdiff_t columns,
                  const float *queries, vector sums[ROWS][2]) {
#pragma unroll
  for (int row = 0; row < ROWS; row++) sums[row][0] = sums[row][1] = (vector){};
  multiply(v0, 2, keys + key * columns, columns, 1, queries, QUERIES, shape.head_width, sums);
  if (always) return;
#pragma unroll
  for (int row = 0; row < ROWS; row++) {
    integers seen[2];
    visible(shape, mask, bytes, first, key + row, last, seen);
#pragma unroll
    for (int v = v0; v < 2; v++) sums[row][v] = select(seen[v], sums[row][v], fill(-INFINITY));
  }
}

#define LOG2_E 1.44269504f
#define LN_2 0.693147181f

// Workspace, in floats
#define KEY_COLUMNS(shape) pad((shape).head_width, LANES)
#define VALUE_COLUMNS(shape) pad((shape).value_width, LANES)
#define KEY_ROWS(shape) pad((shape).key_length, KEYS)

/// Writes the scores of ROWS keys and takes the largest of each query.
INLINE void VARIANT(keep_scores)(const int v0, parable_attention_shape shape,
                                 parable_attention_mask mask, const uint8_t *bytes,
                                 ptrdiff_t first, ptrdiff_t key, int always,
                                 const integers last[2], const float *keys, ptrdiff_t columns,
                                 const float *queries, float *to, vector top[2]) {
  vector sums[ROWS][2];
  score(v0, shape, mask, bytes, first, key, always, last, keys, columns, queries, sums);
#pragma unroll
  for (int row = 0; row < ROWS; row++) {
#pragma unroll
    for (int v = v0; v < 2; v++) {
      top[v] = larger(sums[row][v], top[v]);
      store(to + row * QUERIES + v * LANES, sums[row][v]);
    }
  }
}

/// Writes the weights of ROWS keys, and the gradients of their scores.
INLINE void VARIANT(keep_gradients)(const int v0, parable_attention_shape shape,
                                    parable_attention_mask mask, const uint8_t *bytes,
                                    ptrdiff_t first, ptrdiff_t key, int always,
                                    const integers last[2], const float *keys,
                                    ptrdiff_t key_columns, const float *queries,
                                    const float *values, ptrdiff_t value_columns,
                                    const float *d_outputs, const vector offset[2],
                                    const vector mean[2], float *weights, float *d_scores) {
  vector sums[ROWS][2];
  score(v0, shape, mask, bytes, first, key, always, last, keys, key_columns, queries, sums);
#pragma unroll
  for (int row = 0; row < ROWS; row++) {
#pragma unroll
    for (int v = v0; v < 2; v++) {
      store(weights + row * QUERIES + v * LANES, power_of_two(sums[row][v] - offset[v]));
      sums[row][v] = -mean[v];
    }
  }
  multiply(v0, 2, values + key * value_columns, value_columns, 1, d_outputs, QUERIES,
           shape.value_width, sums);
#pragma unroll
  for (int row = 0; row < ROWS; row++) {
#pragma unroll
    for (int v = v0; v < 2; v++) {
      ptrdiff_t at = row * QUERIES + v * LANES;
      store(d_scores + at, load(weights + at) * sums[row][v]);
    }
  }
}

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
        const ptrdiff_t count = smaller(shape.query_length - first, QUERIES);
        pack(query, b, h, first, count, shape.head_width, scale, queries, QUERIES, key_columns);
        transpose(queries, QUERIES, key_columns, queries_across);
        for (ptrdiff_t i = 0; i < QUERIES * value_columns; i += LANES) {
          store(outputs_across + i, (vector){});
        }

        integers last[2];
        limits(shape, mask, first, last);
        const VARIANT(reach) reach = VARIANT(reach_of)(mask, last);
        vector largest[2] = {fill(-INFINITY), fill(-INFINITY)};
        vector sum[2] = {};
        for (ptrdiff_t start = 0; start < reach.end; start += KEYS) {
          const ptrdiff_t length = smaller(reach.end - start, KEYS);
          const ptrdiff_t split = smaller(length, reach.split > start ? reach.split - start : 0);
          vector top[2] = {largest[0], largest[1]};
          for (ptrdiff_t k = 0; k < length; k += ROWS) {
            const int always = start + k + ROWS <= reach.common;
            float *to = weights + k * QUERIES;
            if (k < split) {
              VARIANT(keep_scores)(0, shape, mask, bytes, first, start + k, always, last, keys,
                                   key_columns, queries_across, to, top);
            } else {
              VARIANT(keep_scores)(1, shape, mask, bytes, first, start + k, always, last, keys,
                                   key_columns, queries_across, to, top);
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
              if (v == 0 && k >= split) continue;
              float *weight = weights + k * QUERIES + v * LANES;
              vector e = power_of_two(load(weight) - offset[v]);
              sum[v] += e;
              store(weight, e);
            }
          }
          const float *block = values + start * value_columns;
          if (split > 0) {
            VARIANT(accumulate)(block, 1, value_columns, weights, QUERIES, split, factors,
                                outputs_across, QUERIES, value_columns, QUERIES);
          }
          if (split < length) {
            VARIANT(accumulate)(block + split * value_columns, 1, value_columns,
                                weights + split * QUERIES + LANES, QUERIES, length - split,
                                split > 0 ? NULL : factors + 1, outputs_across + LANES, QUERIES,
                                value_columns, LANES);
          }
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
        const ptrdiff_t count = smaller(shape.query_length - first, QUERIES);
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
        const VARIANT(reach) reach = VARIANT(reach_of)(mask, last);

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

        for (ptrdiff_t start = 0; start < reach.end; start += KEYS) {
          const ptrdiff_t length = smaller(reach.end - start, KEYS);
          const ptrdiff_t split = smaller(length, reach.split > start ? reach.split - start : 0);
          for (ptrdiff_t k = 0; k < length; k += ROWS) {
            const int always = start + k + ROWS <= reach.common;
            const ptrdiff_t at = k * QUERIES;
            if (k < split) {
              VARIANT(keep_gradients)(0, shape, mask, bytes, first, start + k, always, last, keys,
                                      key_columns, queries_across, values, value_columns,
                                      d_outputs_across, offset, mean, weights + at,
                                      d_scores + at);
            } else {
              VARIANT(keep_gradients)(1, shape, mask, bytes, first, start + k, always, last, keys,
                                      key_columns, queries_across, values, value_columns,
                                      d_outputs_across, offset, mean, weights + at,
                                      d_scores + at);
            }
          }
          // Behind the split only the second vector of queries takes part.
          const ptrdiff_t rest = length - split, at = split * QUERIES + LANES;
          const ptrdiff_t key_at = (start + split) * key_columns;
          const ptrdiff_t value_at = (start + split) * value_columns;
          VARIANT(accumulate)(weights, QUERIES, 1, d_outputs, value_columns, QUERIES, NULL,
                              d_values + start * value_columns, value_columns, split,
                              value_columns);
          VARIANT(accumulate)(weights + at, QUERIES, 1, d_outputs + LANES * value_columns,
                              value_columns, LANES, NULL, d_values + value_at, value_columns,
                              rest, value_columns);
          VARIANT(accumulate)(d_scores, QUERIES, 1, queries, key_columns, QUERIES, NULL,
                              d_keys + start * key_columns, key_columns, split, key_columns);
          VARIANT(accumulate)(d_scores + at, QUERIES, 1, queries + LANES * key_columns,
                              key_columns, LANES, NULL, d_keys + key_at, key_columns, rest,
                              key_columns);
          VARIANT(accumulate)(keys + start * key_columns, 1, key_columns, d_scores, QUERIES, split,
                              NULL, d_queries_across, QUERIES, key_columns, QUERIES);
          VARIANT(accumulate)(keys + key_at, 1, key_columns, d_scores + at, QUERIES, rest, NULL,
                              d_queries_across + LANES, QUERIES, key_columns, LANES);
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
#undef smaller
#undef prefetch
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
