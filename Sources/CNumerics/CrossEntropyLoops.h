INLINE float row_maximum(const float *x, ptrdiff_t count) {
  vector one = fill(-INFINITY), two = one;
  ptrdiff_t i = 0;
  for (; i + 2 * LANES <= count; i += 2 * LANES) {
    one = larger(load(x + i), one);
    two = larger(load(x + i + LANES), two);
  }
  float top = largest_of(larger(one, two));
  for (; i < count; i++) top = x[i] > top ? x[i] : top;
  return top;
}

/// Σ e^(x − top); the exponentials are kept in `powers`, which may be x, where it is given.
INLINE float row_sum(const float *x, ptrdiff_t count, float top, float *powers) {
  vector one = {}, two = {};
  ptrdiff_t i = 0;
  for (; i + 2 * LANES <= count; i += 2 * LANES) {
    vector a = exponential(load(x + i) - top);
    vector b = exponential(load(x + i + LANES) - top);
    one += a;
    two += b;
    if (!powers) continue;
    store(powers + i, a);
    store(powers + i + LANES, b);
  }
  for (ptrdiff_t left = count - i; left > 0; i += LANES, left -= LANES) {
    float rest[LANES];
    for (int lane = 0; lane < LANES; lane++) rest[lane] = lane < left ? x[i + lane] - top : -INFINITY;
    vector a = exponential(load(rest));
    one += a;
    if (powers) put(PARABLE_FLOAT, powers, i, left, a);
  }
  return sum_of(one + two);
}

/// Whether the target has the largest logit, and the first one if several are equal.
INLINE int is_correct(const float *x, ptrdiff_t target, float top) {
  if (x[target] != top) return 0;
  for (ptrdiff_t i = 0; i < target; i++) {
    if (x[i] == top) return 0;
  }
  return 1;
}

INLINE void row_gradient(parable_storage storage, const float *powers, ptrdiff_t target,
                         ptrdiff_t count, float sum, float scale, void *d_x) {
  const float factor = scale / sum;
  const float probability = powers[target] / sum;
  for (ptrdiff_t i = 0, left = count; left > 0; i += LANES, left -= LANES) {
    put(storage, d_x, i, left, get(PARABLE_FLOAT, powers, i, left) * factor);
  }
  put(storage, d_x, target, 1, fill((probability - 1.0f) * scale));
}

static parable_cross_entropy_sums cross_entropy(parable_matrix logits, const int32_t *targets,
                                                const int32_t *ignored, float scale,
                                                parable_matrix d_logits, float *row_space) {
  parable_cross_entropy_sums sums = {};
  const ptrdiff_t width = d_logits.storage == PARABLE_BFLOAT16 ? 2 : 4;
  for (ptrdiff_t row = 0; row < logits.rows; row++) {
    const float *x = (const float *)logits.base + row * logits.stride;
    char *d_x = d_logits.base ? (char *)d_logits.base + row * d_logits.stride * width : NULL;
    float *powers = d_x && d_logits.storage == PARABLE_BFLOAT16 ? row_space : (float *)d_x;
    const int32_t target = targets[row];
    if (ignored && target == *ignored) {
      if (d_x) memset(d_x, 0, (size_t)(logits.columns * width));
      continue;
    }
    const float top = row_maximum(x, logits.columns);
    const double score = (double)x[target] - (double)top;
    sums.correct += is_correct(x, target, top);
    sums.counted += 1;
    const float sum = row_sum(x, logits.columns, top, powers);
    sums.loss += log((double)sum) - score;
    if (!d_x) continue;
    WITH_STORAGE(d_logits.storage, row_gradient, powers, target, logits.columns, sum, scale, d_x);
  }
  return sums;
}
