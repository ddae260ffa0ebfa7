// Along the last dimension the lanes hold neighbours that are summed; along another one they hold
// sums of their own.

INLINE void softmax_row(const float *x, float *y, ptrdiff_t count) {
  const float top = row_maximum(x, count);
  vector sum = {};
  for (ptrdiff_t i = 0, left = count; left > 0; i += LANES, left -= LANES) {
    vector e = exponential(get(PARABLE_FLOAT, x, i, left) - top);
    put(PARABLE_FLOAT, y, i, left, e);
    sum += left >= LANES ? e : load_first(y + i, left);
  }
  float factor = 1.0f / sum_of(sum);
  for (ptrdiff_t i = 0, left = count; left > 0; i += LANES, left -= LANES) {
    put(PARABLE_FLOAT, y, i, left, get(PARABLE_FLOAT, y, i, left) * factor);
  }
}

INLINE void softmax_columns(const float *x, float *y, ptrdiff_t along, ptrdiff_t after,
                            ptrdiff_t left) {
  vector largest = fill(-INFINITY);
  for (ptrdiff_t k = 0; k < along; k++) {
    largest = larger(get(PARABLE_FLOAT, x, k * after, left), largest);
  }
  vector sum = {};
  for (ptrdiff_t k = 0; k < along; k++) {
    vector e = exponential(get(PARABLE_FLOAT, x, k * after, left) - largest);
    sum += e;
    put(PARABLE_FLOAT, y, k * after, left, e);
  }
  vector factor = 1.0f / sum;
  for (ptrdiff_t k = 0; k < along; k++) {
    put(PARABLE_FLOAT, y, k * after, left, get(PARABLE_FLOAT, y, k * after, left) * factor);
  }
}

static void softmax(const float *x, float *y, ptrdiff_t before, ptrdiff_t along,
                    ptrdiff_t after) {
  for (ptrdiff_t b = 0; b < before; b++, x += along * after, y += along * after) {
    if (after == 1) {
      softmax_row(x, y, along);
      continue;
    }
    for (ptrdiff_t i = 0, left = after; left > 0; i += LANES, left -= LANES) {
      softmax_columns(x + i, y + i, along, after, left);
    }
  }
}

static void softmax_backward(const float *dy, const float *y, float *dx, ptrdiff_t before,
                             ptrdiff_t along, ptrdiff_t after) {
  for (ptrdiff_t b = 0; b < before; b++, dy += along * after, y += along * after,
                 dx += along * after) {
    if (after == 1) {
      vector sum = {};
      for (ptrdiff_t i = 0, left = along; left > 0; i += LANES, left -= LANES) {
        sum += get(PARABLE_FLOAT, dy, i, left) * get(PARABLE_FLOAT, y, i, left);
      }
      float total = sum_of(sum);
      for (ptrdiff_t i = 0, left = along; left > 0; i += LANES, left -= LANES) {
        put(PARABLE_FLOAT, dx, i, left,
            get(PARABLE_FLOAT, y, i, left) * (get(PARABLE_FLOAT, dy, i, left) - total));
      }
      continue;
    }
    for (ptrdiff_t i = 0, left = after; left > 0; i += LANES, left -= LANES) {
      vector sum = {};
      for (ptrdiff_t k = i; k < along * after; k += after) {
        sum += get(PARABLE_FLOAT, dy, k, left) * get(PARABLE_FLOAT, y, k, left);
      }
      for (ptrdiff_t k = i; k < along * after; k += after) {
        put(PARABLE_FLOAT, dx, k, left,
            get(PARABLE_FLOAT, y, k, left) * (get(PARABLE_FLOAT, dy, k, left) - sum));
      }
    }
  }
}
