// The backward pass of AttentionLoops.h, by the same blocks: weights are recomputed from the kept
// logarithms, and the gradients of keys and values stay in the workspace until the head is done.

/// Where the operands and results of one head lie.
typedef struct {
  ptrdiff_t value_words, value_depth;
  float *keys, *values;                       // rows of words
  float *queries_across, *d_outputs_across;   // words, queries in lanes
  float *weights, *d_scores;                  // [KEYS, QUERIES], pairs along queries
  float *d_scores_across;                     // the same, pairs along keys
  float scale;
  vector offset[2], mean[2];
} backward_block;

/// Writes the weights of ROWS keys, and the gradients of their scores.
INLINE void keep_gradients(const int pairs, const int v0, const block *block,
                           const backward_block *back, ptrdiff_t start,
                           ptrdiff_t k) {
  const ptrdiff_t row_words = QUERIES / (pairs ? 2 : 1);
  float *weights = back->weights + k * row_words, *d_scores = back->d_scores + k * row_words;
  vector kept[ROWS][2], sums[ROWS][2];
  score(pairs, v0, block, start + k, back->keys, back->queries_across, sums);
#pragma unroll
  for (int row = 0; row < ROWS; row++, weights += row_words) {
    kept[row][0] = (vector){};
#pragma unroll
    for (int v = v0; v < 2; v++) {
      kept[row][v] = power_of_two(sums[row][v] * back->scale - back->offset[v]);
      if (!pairs) store(weights + v * LANES, kept[row][v]);
      sums[row][v] = -back->mean[v];
    }
    if (pairs) store(weights, side_by_side(kept[row][0], kept[row][1]));
  }
  multiply(pairs, v0, 2, back->values + (start + k) * back->value_words, back->value_words, 1,
           back->d_outputs_across, QUERIES, back->value_depth, sums);
  weights -= ROWS * row_words;
#pragma unroll
  for (int row = 0; row < ROWS; row++) {
#pragma unroll
    for (int v = v0; v < 2; v++) {
      // Floats come back from memory, where they are anyway.
      vector weight = pairs ? kept[row][v] : load(weights + row * row_words + v * LANES);
      sums[row][v] *= weight;
      if (!pairs) store(d_scores + row * row_words + v * LANES, sums[row][v]);
    }
    if (!pairs) continue;
    store(d_scores + row * row_words,
          side_by_side(v0 ? (vector){} : sums[row][0], sums[row][1]));
    if (row % 2 == 0) continue;
#pragma unroll
    for (int v = v0; v < 2; v++) {
      store(back->d_scores_across + (k + row) / 2 * QUERIES + v * LANES,
            alternating(sums[row - 1][v], sums[row][v]));
    }
  }
}

/// The product of two rows of a head.
INLINE float dot(parable_heads a, parable_heads b, ptrdiff_t batch, ptrdiff_t head,
                 ptrdiff_t token, ptrdiff_t width) {
  const ptrdiff_t at = batch * a.batch_stride + head * a.head_stride + token * a.token_stride;
  const ptrdiff_t bt = batch * b.batch_stride + head * b.head_stride + token * b.token_stride;
  vector sum = {};
  for (ptrdiff_t i = 0, left = width; left > 0; i += LANES, left -= LANES) {
    prefetch(b.storage, 0, b, bt + i);
    if (a.storage == PARABLE_BFLOAT16) {
      sum += get(PARABLE_BFLOAT16, a.base, at + i, left) *
             get(PARABLE_BFLOAT16, b.base, bt + i, left);
    } else {
      sum += get(PARABLE_FLOAT, a.base, at + i, left) * get(PARABLE_FLOAT, b.base, bt + i, left);
    }
  }
  return sum_of(sum);
}

/// Adds the products of a block's weights (or gradients of scores) and the rows of queries to the rows
/// of keys: all queries up to the key `split`, then only the second vector of them.
INLINE void add_products(const int pairs, const float *weights, const float *queries,
                         ptrdiff_t columns, float *keys, ptrdiff_t split, ptrdiff_t rest) {
  const ptrdiff_t depth = QUERIES / (pairs ? 2 : 1), half = depth / 2;
  operand left = {weights, depth, 1};
  accumulate(pairs, left, queries, columns, depth, NULL, keys, columns, split, columns);
  left.base += split * depth + half;
  accumulate(pairs, left, queries + half * columns, columns, half, NULL, keys + split * columns,
             columns, rest, columns);
}

INLINE void attention_backward_heads(
    const int pairs, parable_heads d_output, parable_heads query, parable_heads key,
    parable_heads value, parable_heads output, const float *log_sum_exp,
    parable_attention_shape shape, parable_attention_mask mask, parable_heads d_query,
    parable_heads d_key, parable_heads d_value, float *workspace) {
  const int unit = pairs ? 2 : 1;
  const ptrdiff_t key_columns = KEY_WORDS(shape), value_columns = VALUE_WORDS(shape);
  const ptrdiff_t key_depth = (shape.head_width + unit - 1) / unit;
  const ptrdiff_t value_depth = (shape.value_width + unit - 1) / unit;
  const ptrdiff_t key_words = pad(key_depth, LANES), value_words = pad(value_depth, LANES);
  const ptrdiff_t key_rows = KEY_ROWS(shape);
  float *at = workspace;
#define TAKE(count) (at += (count), at - (count))
  float *keys = TAKE(key_rows * key_words);
  float *keys_down = pairs ? TAKE(key_rows / 2 * key_columns) : keys;
  float *d_keys = TAKE(key_rows * key_columns);
  float *values = TAKE(key_rows * value_words);
  float *d_values = TAKE(key_rows * value_columns);
  float *queries = TAKE(QUERIES * key_words);
  float *queries_down = pairs ? TAKE(QUERIES / 2 * key_columns) : queries;
  float *queries_across = TAKE(QUERIES * key_words);
  float *d_queries = TAKE(QUERIES * key_columns);
  float *d_queries_across = TAKE(QUERIES * key_columns);
  float *d_outputs = TAKE(QUERIES * value_words);
  float *d_outputs_down = pairs ? TAKE(QUERIES / 2 * value_columns) : d_outputs;
  float *d_outputs_across = TAKE(QUERIES * value_words);
  float *weights = TAKE(KEYS * QUERIES);
  float *d_scores = TAKE(KEYS * QUERIES);
  float *d_scores_across = pairs ? TAKE(KEYS / 2 * QUERIES) : d_scores;
#undef TAKE
  const float scale = (float)(1.0 / sqrt((double)shape.head_width));
  block block = {
      .shape = shape, .mask = mask, .key_words = key_words, .key_depth = key_depth};
  backward_block back = {
      .value_words = value_words, .value_depth = value_depth, .keys = keys, .values = values,
      .queries_across = queries_across, .d_outputs_across = d_outputs_across, .weights = weights,
      .d_scores = d_scores, .d_scores_across = d_scores_across, .scale = scale * LOG2_E};

  for (ptrdiff_t b = 0; b < shape.batch; b++) {
    for (ptrdiff_t h = 0; h < shape.heads; h++) {
      block.mask_bytes = mask.bytes + b * mask.batch_stride + h * mask.head_stride;
      pack(pairs, key, b, h, 0, shape.key_length, shape.head_width, keys, key_rows, key_words);
      pack(pairs, value, b, h, 0, shape.key_length, shape.value_width, values, key_rows,
           value_words);
      if (pairs) pack_interleaved(keys, key_rows, key_words, keys_down, key_columns);
      clear(d_keys, key_rows * key_columns);
      clear(d_values, key_rows * value_columns);
      for (ptrdiff_t first = 0; first < shape.query_length; first += QUERIES) {
        const ptrdiff_t count = smaller(shape.query_length - first, QUERIES);
        pack(pairs, query, b, h, first, count, shape.head_width, queries, QUERIES, key_words);
        pack(pairs, d_output, b, h, first, count, shape.value_width, d_outputs, QUERIES,
             value_words);
        if (pairs) {
          pack_interleaved(queries, QUERIES, key_words, queries_down, key_columns);
          pack_interleaved(d_outputs, QUERIES, value_words, d_outputs_down, value_columns);
        }
        transpose(queries, key_words, QUERIES, key_words, queries_across);
        transpose(d_outputs, value_words, QUERIES, value_words, d_outputs_across);
        clear(d_queries_across, QUERIES * key_columns);
        limits(&block, first);

        const float *kept = log_sum_exp + (b * shape.heads + h) * shape.query_length + first;
        for (int q = 0; q < QUERIES; q++) {
          // Queries that see nothing, and padding, get weights of 0.
          float exponent = q < count && kept[q] != -INFINITY ? kept[q] * LOG2_E : INFINITY;
          back.offset[q / LANES][q % LANES] = exponent;
          // Σ weight · d_weight over the keys is d_output · output.
          float mean = q < count ? dot(d_output, output, b, h, first + q, shape.value_width) : 0;
          back.mean[q / LANES][q % LANES] = mean;
        }

        for (ptrdiff_t start = 0; start < block.end; start += KEYS) {
          const ptrdiff_t length = smaller(block.end - start, KEYS);
          const ptrdiff_t split = smaller(length, block.split > start ? block.split - start : 0);
          for (ptrdiff_t k = 0; k < split; k += ROWS) {
            keep_gradients(pairs, 0, &block, &back, start, k);
          }
          for (ptrdiff_t k = split; k < length; k += ROWS) {
            keep_gradients(pairs, 1, &block, &back, start, k);
          }
          const ptrdiff_t rest = length - split, across = split / unit * QUERIES + LANES;
          add_products(pairs, weights, d_outputs_down, value_columns,
                       d_values + start * value_columns, split, rest);
          add_products(pairs, d_scores, queries_down, key_columns, d_keys + start * key_columns,
                       split, rest);
          operand left = {keys_down + start / unit * key_columns, 1, key_columns};
          accumulate(pairs, left, d_scores_across, QUERIES, split / unit, NULL, d_queries_across,
                     QUERIES, key_columns, QUERIES);
          left.base += split / unit * key_columns;
          accumulate(pairs, left, d_scores_across + across, QUERIES, rest / unit, NULL,
                     d_queries_across + LANES, QUERIES, key_columns, LANES);
        }
        transpose(d_queries_across, QUERIES, key_columns, QUERIES, d_queries);
        unpack(d_queries, key_columns, scale, d_query, b, h, first, count, shape.head_width);
      }
      unpack(d_keys, key_columns, scale, d_key, b, h, 0, shape.key_length, shape.head_width);
      unpack(d_values, value_columns, 1, d_value, b, h, 0, shape.key_length, shape.value_width);
    }
  }
}

static ptrdiff_t attention_backward_workspace(parable_attention_shape shape) {
  // Pairs need more: rows of half the words and, in the same space again, interleaved rows.
  ptrdiff_t columns = KEY_WORDS(shape) + VALUE_WORDS(shape);
  return 4 * ((5 * KEY_ROWS(shape) + 9 * QUERIES) / 2 * columns + 5 * KEYS * QUERIES / 2);
}

static void attention_backward(parable_heads d_output, parable_heads query,
                               parable_heads key, parable_heads value,
                               parable_heads output, const float *log_sum_exp,
                               parable_attention_shape shape,
                               parable_attention_mask mask, parable_heads d_query,
                               parable_heads d_key, parable_heads d_value,
                               void *workspace) {
  WITH_PAIRS(query.storage == PARABLE_BFLOAT16, attention_backward_heads, d_output, query, key,
             value, output, log_sum_exp, shape, mask, d_query, d_key, d_value, workspace);
}
