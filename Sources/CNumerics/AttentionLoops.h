// Attention by blocks of QUERIES queries and KEYS keys, one head after the other.
//
// Lanes are queries: a block of scores is held transposed, [keys, QUERIES], so that maxima and sums
// over keys need no sum across lanes, and every product is of the form
//   sums[row][lanes] += Σ_depth left[row, depth] · right[depth][lanes]
// with the left factor broadcast from memory in any layout. Keys and values are used as they lie;
// queries and outputs are transposed, 2 / (keys seen) of the work.
//
// Exponentials are powers of two: e^(scale·s − m) = 2^(scale·log₂e·s − m·log₂e).

/// Sizes in words or floats: a row of a head as words, and as floats or interleaved rows.
#define KEY_WORDS(shape) pad((shape).head_width, LANES)
#define VALUE_WORDS(shape) pad((shape).value_width, LANES)
#define KEY_ROWS(shape) pad((shape).key_length, KEYS)

/// What every step of one call needs.
typedef struct {
  parable_attention_shape shape;
  parable_attention_mask mask;
  const uint8_t *mask_bytes;       // of this head
  ptrdiff_t first;                 // query of the block
  integers last[2];                // key that each query of the block sees, −1 for none
  integers gap_first[2], gap_end[2];  // keys before it that each query does not see
  ptrdiff_t common;                // all queries see the keys before it
  ptrdiff_t split;                 // no query of the first vector sees a key from here on
  ptrdiff_t end;                   // no query does; both are multiples of ROWS
  ptrdiff_t key_words, key_depth;  // of a row of keys or queries: padded, and those in use
} block;

/// Sets which keys the block of queries from `first` on sees; padding queries see what the last
/// query sees.
INLINE void limits(block *block, ptrdiff_t first) {
  const parable_attention_shape shape = block->shape;
  block->first = first;
  for (int q = 0; q < QUERIES; q++) {
    ptrdiff_t query = smaller(first + q, shape.query_length - 1);
    ptrdiff_t limit = shape.key_length - 1;
    if (block->mask.kind == PARABLE_MASK_CAUSAL ||
        block->mask.kind == PARABLE_MASK_CAUSAL_WITH_GAPS) {
      limit += query + 1 - shape.query_length;
    }
    block->last[q / LANES][q % LANES] = (int32_t)(limit < -1 ? -1 : limit);
  }
  block->common = block->mask.kind == PARABLE_MASK_BOOLEAN ? 0 : block->last[0][0] + 1;
  if (block->mask.kind == PARABLE_MASK_CAUSAL_WITH_GAPS) {
    for (int q = 0; q < QUERIES; q++) {
      ptrdiff_t query = smaller(first + q, shape.query_length - 1);
      int32_t gap_first = block->mask.gap_first[query], gap_end = block->mask.gap_end[query];
      block->gap_first[q / LANES][q % LANES] = gap_first;
      block->gap_end[q / LANES][q % LANES] = gap_end;
      if (gap_first < gap_end) block->common = smaller(block->common, gap_first);
    }
  }
  block->split = pad(block->last[0][LANES - 1] + 1, ROWS);
  block->end = pad(block->last[1][LANES - 1] + 1, ROWS);
}

/// Which of the queries of a block see the given key.
INLINE void visible(const block *block, ptrdiff_t key, integers seen[2]) {
  for (int v = 0; v < 2; v++) {
    seen[v] = block->last[v] >= ((integers){} + (int32_t)key);
    if (block->mask.kind == PARABLE_MASK_CAUSAL_WITH_GAPS) {
      seen[v] &= (block->gap_first[v] > ((integers){} + (int32_t)key)) |
                 (block->gap_end[v] <= ((integers){} + (int32_t)key));
    }
    if (block->mask.kind != PARABLE_MASK_BOOLEAN || key >= block->shape.key_length) continue;
    for (int lane = 0; lane < LANES; lane++) {
      ptrdiff_t query = block->first + v * LANES + lane;
      if (query >= block->shape.query_length ||
          !block->mask_bytes[query * block->shape.key_length + key]) {
        seen[v][lane] = 0;
      }
    }
  }
}

/// The products of ROWS keys with the vectors of queries from `v0` on, −∞ where a query does not
/// see the key.
INLINE void score(const int pairs, const int v0, const block *block, ptrdiff_t key,
                  const float *keys, const float *queries, vector sums[ROWS][2]) {
#pragma unroll
  for (int row = 0; row < ROWS; row++) sums[row][0] = sums[row][1] = (vector){};
  multiply(pairs, v0, 2, keys + key * block->key_words, block->key_words, 1, queries, QUERIES,
           block->key_depth, sums);
  if (key + ROWS <= block->common) return;
#pragma unroll
  for (int row = 0; row < ROWS; row++) {
    integers seen[2];
    visible(block, key + row, seen);
#pragma unroll
    for (int v = v0; v < 2; v++) sums[row][v] = where(seen[v], sums[row][v], fill(-INFINITY));
  }
}

/// Writes the scores of ROWS keys and takes the largest of each query.
INLINE void keep_scores(const int pairs, const int v0, const block *block,
                        ptrdiff_t key, const float *keys, const float *queries, float *to,
                        vector top[2]) {
  vector sums[ROWS][2];
  score(pairs, v0, block, key, keys, queries, sums);
#pragma unroll
  for (int row = 0; row < ROWS; row++) {
#pragma unroll
    for (int v = v0; v < 2; v++) {
      top[v] = larger(sums[row][v], top[v]);
      store(to + row * QUERIES + v * LANES, sums[row][v]);
    }
  }
}

/// Turns the scores of two keys into weights, in place or in the place of pairs, and adds them to
/// the sums.
INLINE void weigh(const int pairs, const int v0, float *scores, float *to, float scale,
                  const vector offset[2], vector sum[2]) {
#pragma unroll
  for (int v = v0; v < 2; v++) {
    vector one = power_of_two(load(scores + v * LANES) * scale - offset[v]);
    vector two = power_of_two(load(scores + QUERIES + v * LANES) * scale - offset[v]);
    sum[v] += one;
    sum[v] += two;
    if (pairs) {
      store(to + v * LANES, alternating(one, two));
    } else {
      store(to + v * LANES, one);
      store(to + QUERIES + v * LANES, two);
    }
  }
}

INLINE void attention_heads(const int pairs, parable_heads query, parable_heads key,
                            parable_heads value, parable_attention_shape shape,
                            parable_attention_mask mask, parable_heads output,
                            float *log_sum_exp, float *workspace) {
  const int unit = pairs ? 2 : 1;
  const ptrdiff_t key_words = pad((shape.head_width + unit - 1) / unit, LANES);
  const ptrdiff_t value_words = pad((shape.value_width + unit - 1) / unit, LANES);
  const ptrdiff_t columns = VALUE_WORDS(shape), key_rows = KEY_ROWS(shape);
  float *keys = workspace;
  float *values = keys + key_rows * key_words;
  float *queries = values + key_rows * columns;
  float *queries_across = queries + QUERIES * key_words;
  float *outputs = queries_across + QUERIES * key_words;
  float *outputs_across = outputs + QUERIES * columns;
  float *weights = outputs_across + QUERIES * columns;
  float *value_pairs = weights + KEYS * QUERIES;
  const float scale = (float)(1.0 / sqrt((double)shape.head_width)) * LOG2_E;
  block block = {.shape = shape, .mask = mask, .key_words = key_words,
                          .key_depth = (shape.head_width + unit - 1) / unit};

  for (ptrdiff_t b = 0; b < shape.batch; b++) {
    for (ptrdiff_t h = 0; h < shape.heads; h++) {
      block.mask_bytes = mask.bytes + b * mask.batch_stride + h * mask.head_stride;
      pack(pairs, key, b, h, 0, shape.key_length, shape.head_width, keys, key_rows, key_words);
      if (pairs) {
        pack(1, value, b, h, 0, shape.key_length, shape.value_width, value_pairs, key_rows,
             value_words);
        pack_interleaved(value_pairs, key_rows, value_words, values, columns);
      } else {
        pack(0, value, b, h, 0, shape.key_length, shape.value_width, values, key_rows, columns);
      }
      for (ptrdiff_t first = 0; first < shape.query_length; first += QUERIES) {
        const ptrdiff_t count = smaller(shape.query_length - first, QUERIES);
        pack(pairs, query, b, h, first, count, shape.head_width, queries, QUERIES, key_words);
        transpose(queries, key_words, QUERIES, key_words, queries_across);
        clear(outputs_across, QUERIES * columns);
        limits(&block, first);
        vector largest[2] = {fill(-INFINITY), fill(-INFINITY)};
        vector sum[2] = {};
        for (ptrdiff_t start = 0; start < block.end; start += KEYS) {
          const ptrdiff_t length = smaller(block.end - start, KEYS);
          const ptrdiff_t split = smaller(length, block.split > start ? block.split - start : 0);
          vector top[2] = {largest[0], largest[1]};
          for (ptrdiff_t k = 0; k < split; k += ROWS) {
            keep_scores(pairs, 0, &block, start + k, keys, queries_across,
                        weights + k * QUERIES, top);
          }
          for (ptrdiff_t k = split; k < length; k += ROWS) {
            keep_scores(pairs, 1, &block, start + k, keys, queries_across,
                        weights + k * QUERIES, top);
          }
          vector factors[2], offset[2];
          for (int v = 0; v < 2; v++) {
            // A query that has seen nothing yet must not subtract infinities.
            const vector before = largest[v] * scale;
            offset[v] = where(top[v] == -INFINITY, (vector){}, top[v] * scale);
            factors[v] = power_of_two(before - offset[v]);
            sum[v] *= factors[v];
            largest[v] = top[v];
          }
          for (ptrdiff_t k = 0; k < split; k += 2) {
            weigh(pairs, 0, weights + k * QUERIES, weights + k / unit * QUERIES, scale,
                  offset, sum);
          }
          for (ptrdiff_t k = split; k < length; k += 2) {
            weigh(pairs, 1, weights + k * QUERIES, weights + k / unit * QUERIES, scale,
                  offset, sum);
          }
          operand across = {values + start / unit * columns, 1, columns};
          if (split > 0) {
            accumulate(pairs, across, weights, QUERIES, split / unit, factors, outputs_across,
                       QUERIES, columns, QUERIES);
          }
          if (split < length) {
            across.base += split / unit * columns;
            accumulate(pairs, across, weights + split / unit * QUERIES + LANES, QUERIES,
                       (length - split) / unit, split > 0 ? NULL : factors + 1,
                       outputs_across + LANES, QUERIES, columns, LANES);
          }
        }

        for (int v = 0; v < 2; v++) {
          vector inverse = where(sum[v] == 0, (vector){}, 1.0f / sum[v]);
          for (ptrdiff_t i = 0; i < columns; i++) {
            float *lanes = outputs_across + i * QUERIES + v * LANES;
            store(lanes, load(lanes) * inverse);
          }
        }
        transpose(outputs_across, QUERIES, columns, QUERIES, outputs);
        unpack(outputs, columns, 1, output, b, h, first, count, shape.value_width);
        float *kept = log_sum_exp + (b * shape.heads + h) * shape.query_length + first;
        for (ptrdiff_t q = 0; q < count; q++) {
          kept[q] = log_sum(largest[q / LANES][q % LANES] * scale,
                            sum[q / LANES][q % LANES]);
        }
      }
    }
  }
}

static ptrdiff_t attention_workspace(parable_attention_shape shape) {
  ptrdiff_t key_words = KEY_WORDS(shape), columns = VALUE_WORDS(shape);
  ptrdiff_t many = 4 * (KEY_ROWS(shape) * (key_words + 2 * columns) +
                        2 * QUERIES * (key_words + columns) + KEYS * QUERIES);
  if (shape.query_length > FEW_QUERIES) return many;
  ptrdiff_t few = few_queries_workspace(shape);
  return few > many ? few : many;
}

static void attention(parable_heads query, parable_heads key, parable_heads value,
                      parable_attention_shape shape, parable_attention_mask mask,
                      parable_heads output, float *log_sum_exp, void *workspace) {
  if (shape.query_length <= FEW_QUERIES && mask.kind != PARABLE_MASK_CAUSAL_WITH_GAPS) {
    attention_few(query, key, value, shape, mask, output, log_sum_exp, workspace);
  } else {
    WITH_PAIRS(query.storage == PARABLE_BFLOAT16, attention_heads, query, key, value, shape, mask,
               output, log_sum_exp, workspace);
  }
}
