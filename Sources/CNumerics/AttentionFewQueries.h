// Attention of so few queries that they would leave most lanes of a block empty, as in generating
// text token by token: here lanes are keys, then elements of values.
//
// Every number is computed by the operations of the blocks of floats in their order, so that a query
// gives the same bits alone as among others.

#define FEW_QUERIES (LANES / 4)

static ptrdiff_t few_queries_workspace(parable_attention_shape shape) {
  ptrdiff_t key_words = pad(shape.head_width, LANES), columns = pad(shape.value_width, LANES);
  return 4 * (2 * KEYS * key_words + FEW_QUERIES * (key_words + columns) + KEYS);
}

/// log Σ eˢ from the largest s, times log₂ e, and the sum of the powers above it.
INLINE float log_sum(float largest, float sum) { return largest * LN_2 + logf(sum); }

/// What one query has seen so far.
typedef struct {
  float largest, sum;
} seen_so_far;

/// Adds KEYS keys, [head_width, KEYS] across, and their values, from `start` on, to what one query
/// has seen.
INLINE void see(parable_storage storage, parable_heads value, ptrdiff_t value_from,
                parable_attention_shape shape, const float *query, const float *across,
                ptrdiff_t start, ptrdiff_t last, const uint8_t *bytes, float scale,
                float *scores, seen_so_far *seen, float *outputs) {
  vector sums[KEYS / LANES] = {};
  for (ptrdiff_t i = 0; i < shape.head_width; i++) {
#pragma unroll
    for (int v = 0; v < KEYS / LANES; v++) {
      sums[v] = query[i] * load(across + i * KEYS + v * LANES) + sums[v];
    }
  }
#pragma unroll
  for (int v = 0; v < KEYS / LANES; v++) store(scores + v * LANES, sums[v]);
  const ptrdiff_t length = smaller(shape.key_length - start, KEYS);
  float top = seen->largest;
  for (ptrdiff_t k = 0; k < KEYS; k++) {
    if (k >= length || start + k > last || (bytes && !bytes[start + k])) scores[k] = -INFINITY;
    top = scores[k] > top ? scores[k] : top;
  }
  const float before = seen->largest * scale;
  const float offset = top == -INFINITY ? 0 : top * scale;
  const float factor = power_of_two(fill(before - offset))[0];
  float sum = seen->sum * factor;
#pragma unroll
  for (int v = 0; v < KEYS / LANES; v++) {
    store(scores + v * LANES, power_of_two(load(scores + v * LANES) * scale - offset));
  }
  for (ptrdiff_t k = 0; k < length; k++) sum += scores[k];
  seen->largest = top;
  seen->sum = sum;
  for (ptrdiff_t i = 0, left = shape.value_width; left > 0; i += 2 * LANES, left -= 2 * LANES) {
    vector one = load(outputs + i) * factor;
    vector two = left > LANES ? load(outputs + i + LANES) * factor : (vector){};
    ptrdiff_t at = value_from + start * value.token_stride + i;
    for (ptrdiff_t k = 0; k < length; k++, at += value.token_stride) {
      prefetch(storage, 0, value, at);
      one = scores[k] * get(storage, value.base, at, left) + one;
      if (left <= LANES) continue;
      two = scores[k] * get(storage, value.base, at + LANES, left - LANES) + two;
    }
    store(outputs + i, one);
    if (left > LANES) store(outputs + i + LANES, two);
  }
}

/// Writes `count` keys, `start` and those that follow, across: [key_words, KEYS]. Keys of floats that
/// fill their lanes are read where they are, others through `packed`.
INLINE void turn_keys(parable_heads key, ptrdiff_t batch, ptrdiff_t head, ptrdiff_t start,
                      ptrdiff_t count, ptrdiff_t width, float *packed, ptrdiff_t key_words,
                      float *across) {
  if (key.storage == PARABLE_FLOAT && width == key_words && count == KEYS) {
    const float *from = (const float *)key.base + batch * key.batch_stride +
                        head * key.head_stride + start * key.token_stride;
    transpose(from, key.token_stride, KEYS, key_words, across);
  } else {
    pack(0, key, batch, head, start, count, width, packed, KEYS, key_words);
    transpose(packed, key_words, KEYS, key_words, across);
  }
}

static void attention_few(parable_heads query, parable_heads key, parable_heads value,
                          parable_attention_shape shape, parable_attention_mask mask,
                          parable_heads output, float *log_sum_exp, float *workspace) {
  const ptrdiff_t key_words = pad(shape.head_width, LANES), columns = pad(shape.value_width, LANES);
  const ptrdiff_t count = shape.query_length;
  float *keys = workspace;
  float *across = keys + KEYS * key_words;
  float *queries = across + KEYS * key_words;
  float *outputs = queries + FEW_QUERIES * key_words;
  float *scores = outputs + FEW_QUERIES * columns;
  const float scale = (float)(1.0 / sqrt((double)shape.head_width)) * LOG2_E;

  for (ptrdiff_t b = 0; b < shape.batch; b++) {
    for (ptrdiff_t h = 0; h < shape.heads; h++) {
      const uint8_t *bytes = mask.bytes + b * mask.batch_stride + h * mask.head_stride;
      const ptrdiff_t value_from = b * value.batch_stride + h * value.head_stride;
      seen_so_far seen[FEW_QUERIES];
      for (int q = 0; q < FEW_QUERIES; q++) seen[q] = (seen_so_far){-INFINITY, 0};
      pack(0, query, b, h, 0, count, shape.head_width, queries, count, key_words);
      clear(outputs, count * columns);
      for (ptrdiff_t start = 0; start < shape.key_length; start += KEYS) {
        turn_keys(key, b, h, start, smaller(shape.key_length - start, KEYS), shape.head_width, keys,
                  key_words, across);
        for (ptrdiff_t q = 0; q < count; q++) {
          const int is_causal = mask.kind == PARABLE_MASK_CAUSAL;
          const ptrdiff_t last = shape.key_length - 1 - (is_causal ? count - 1 - q : 0);
          const uint8_t *row =
              mask.kind == PARABLE_MASK_BOOLEAN ? bytes + q * shape.key_length : NULL;
          WITH_STORAGE(value.storage, see, value, value_from, shape, queries + q * key_words,
                       across, start, last, row, scale, scores, &seen[q], outputs + q * columns);
        }
      }
      float *kept = log_sum_exp + (b * shape.heads + h) * count;
      for (ptrdiff_t q = 0; q < count; q++) {
        const float inverse = seen[q].sum == 0 ? 0 : 1 / seen[q].sum;
        for (ptrdiff_t i = 0; i < columns; i += LANES) {
          store(outputs + q * columns + i, load(outputs + q * columns + i) * inverse);
        }
        kept[q] = log_sum(seen[q].largest * scale, seen[q].sum);
      }
      unpack(outputs, columns, 1, output, b, h, 0, count, shape.value_width);
    }
  }
}
