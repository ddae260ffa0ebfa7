// Squares are summed in double: those of tiny numbers vanish in a float, and of huge ones overflow.
INLINE void rms_norm_rows(parable_storage storage, const int adds, parable_matrix x,
                          parable_matrix delta, const float *gain, double epsilon,
                          parable_matrix y, float *inverse_rms) {
  for (ptrdiff_t row = 0; row < x.rows; row++) {
    float *values = (float *)x.base + row * x.stride;
    doubles sum = {};
    for (ptrdiff_t i = 0, left = x.columns; left > 0; i += LANES, left -= LANES) {
      vector value = get(PARABLE_FLOAT, values, i, left);
      if (adds) {
        value += get(storage, delta.base, row * delta.stride + i, left);
        put(PARABLE_FLOAT, values, i, left, value);
      }
      doubles wide = __builtin_convertvector(value, doubles);
      sum += wide * wide;
    }
    double mean = sum_of_doubles(&sum) / (double)x.columns;
    float inverse = (float)(1.0 / sqrt(mean + epsilon));
    inverse_rms[row] = inverse;
    for (ptrdiff_t i = 0, left = x.columns; left > 0; i += LANES, left -= LANES) {
      vector normal = get(PARABLE_FLOAT, values, i, left) * inverse;
      put(storage, y.base, row * y.stride + i, left,
          normal * get(PARABLE_FLOAT, gain, i, left));
    }
  }
}

static void rms_norm(parable_matrix x, parable_matrix delta, const float *gain, double epsilon,
                     parable_matrix y, float *inverse_rms) {
  if (delta.base) {
    WITH_STORAGE(y.storage, rms_norm_rows, 1, x, delta, gain, epsilon, y, inverse_rms);
  } else {
    WITH_STORAGE(y.storage, rms_norm_rows, 0, x, delta, gain, epsilon, y, inverse_rms);
  }
}

INLINE void rms_norm_backward_rows(parable_storage storage, parable_matrix dy, parable_matrix x,
                                   const float *gain, const float *inverse_rms,
                                   parable_matrix dx, float *d_gain) {
  for (ptrdiff_t row = 0; row < x.rows; row++) {
    const float *values = (const float *)x.base + row * x.stride;
    float *d_values = (float *)dx.base + row * dx.stride;
    float inverse = inverse_rms[row];
    vector sum = {};
    for (ptrdiff_t i = 0, left = x.columns; left > 0; i += LANES, left -= LANES) {
      vector normal = get(PARABLE_FLOAT, values, i, left) * inverse;
      vector part = get(storage, dy.base, row * dy.stride + i, left) * normal;
      sum += part * get(PARABLE_FLOAT, gain, i, left);
      put(PARABLE_FLOAT, d_gain, i, left, get(PARABLE_FLOAT, d_gain, i, left) + part);
    }
    float mean = sum_of(sum) / (float)x.columns;
    for (ptrdiff_t i = 0, left = x.columns; left > 0; i += LANES, left -= LANES) {
      vector normal = get(PARABLE_FLOAT, values, i, left) * inverse;
      vector d_normal = get(storage, dy.base, row * dy.stride + i, left) *
                        get(PARABLE_FLOAT, gain, i, left);
      put(PARABLE_FLOAT, d_values, i, left,
          get(PARABLE_FLOAT, d_values, i, left) + (d_normal - normal * mean) * inverse);
    }
  }
}

static void rms_norm_backward(parable_matrix dy, parable_matrix x, const float *gain,
                              const float *inverse_rms, parable_matrix dx, float *d_gain) {
  WITH_STORAGE(dy.storage, rms_norm_backward_rows, dy, x, gain, inverse_rms, dx, d_gain);
}
