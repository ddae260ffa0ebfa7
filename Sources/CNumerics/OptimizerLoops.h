static void adamw(float *parameters, const float *gradients, float *first_moment,
                  float *second_moment, ptrdiff_t count, parable_adamw_step step) {
  for (ptrdiff_t i = 0, left = count; left > 0; i += LANES, left -= LANES) {
    vector g = get(PARABLE_FLOAT, gradients, i, left) * step.gradient_scale;
    vector m = get(PARABLE_FLOAT, first_moment, i, left) * step.beta1 + g * step.one_minus_beta1;
    vector v = get(PARABLE_FLOAT, second_moment, i, left) * step.beta2 +
               g * g * step.one_minus_beta2;
    vector root = square_root(v) * step.inverse_root_correction2 + step.epsilon;
    vector p = get(PARABLE_FLOAT, parameters, i, left) * step.decay - step.step_size * (m / root);
    put(PARABLE_FLOAT, first_moment, i, left, m);
    put(PARABLE_FLOAT, second_moment, i, left, v);
    put(PARABLE_FLOAT, parameters, i, left, p);
  }
}

static void combine(float a, const float *x, float b, const float *y, float *sum, ptrdiff_t count) {
  for (ptrdiff_t i = 0, left = count; left > 0; i += LANES, left -= LANES) {
    put(PARABLE_FLOAT, sum, i, left,
        get(PARABLE_FLOAT, x, i, left) * a + get(PARABLE_FLOAT, y, i, left) * b);
  }
}

static double sum_of_squares(const float *values, ptrdiff_t count) {
  doubles one = {}, two = {};
  ptrdiff_t i = 0;
  for (; i + 2 * LANES <= count; i += 2 * LANES) {
    doubles a = __builtin_convertvector(load(values + i), doubles);
    doubles b = __builtin_convertvector(load(values + i + LANES), doubles);
    one += a * a;
    two += b * b;
  }
  for (ptrdiff_t left = count - i; left > 0; i += LANES, left -= LANES) {
    doubles a = __builtin_convertvector(get(PARABLE_FLOAT, values, i, left), doubles);
    one += a * a;
  }
  one += two;
  return sum_of_doubles(&one);
}

static void scale(float *values, ptrdiff_t count, float factor) {
  for (ptrdiff_t i = 0, left = count; left > 0; i += LANES, left -= LANES) {
    put(PARABLE_FLOAT, values, i, left, get(PARABLE_FLOAT, values, i, left) * factor);
  }
}
