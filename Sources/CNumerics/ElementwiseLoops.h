// A loop over the rows and vectors of a view. Its body is compiled once for each storage, which is the
// constant `storage` in it, and so are the loads and stores that follow from it.
#define FOR_EACH_VECTOR(type, view, ...)                    \
  if ((type) == PARABLE_BFLOAT16) {                         \
    FOR_EACH_VECTOR_OF(PARABLE_BFLOAT16, view, __VA_ARGS__) \
  } else {                                                  \
    FOR_EACH_VECTOR_OF(PARABLE_FLOAT, view, __VA_ARGS__)    \
  }
#define FOR_EACH_VECTOR_OF(type, view, ...)                                             \
  const parable_storage storage = type;                                                 \
  for (ptrdiff_t row = 0; row < (view).rows; row++) {                                   \
    for (ptrdiff_t i = 0, left = (view).columns; left > 0; i += LANES, left -= LANES) { \
      __VA_ARGS__                                                                       \
    }                                                                                   \
  }
#define GET(storage, view) get(storage, (view).base, row * (view).stride + i, left)
#define PUT(storage, view, value) put(storage, (view).base, row * (view).stride + i, left, value)

INLINE vector sigmoid(vector x) { return 1.0f / (1.0f + exponential(-x)); }

static void add(parable_matrix delta, parable_matrix x) {
  FOR_EACH_VECTOR(delta.storage, x, {
    PUT(PARABLE_FLOAT, x, GET(PARABLE_FLOAT, x) + GET(storage, delta));
  })
}

static void convert(parable_matrix input, parable_matrix output) {
  if (output.storage == PARABLE_BFLOAT16) {
    FOR_EACH_VECTOR(input.storage, output, PUT(PARABLE_BFLOAT16, output, GET(storage, input));)
  } else {
    FOR_EACH_VECTOR(input.storage, output, PUT(PARABLE_FLOAT, output, GET(storage, input));)
  }
}

static void silu(parable_matrix x, parable_matrix y) {
  FOR_EACH_VECTOR(x.storage, x, {
    vector value = GET(storage, x);
    PUT(storage, y, value * sigmoid(value));
  })
}

static void silu_backward(parable_matrix dy, parable_matrix x, parable_matrix dx) {
  FOR_EACH_VECTOR(x.storage, x, {
    vector value = GET(storage, x);
    vector s = sigmoid(value);
    PUT(storage, dx, GET(storage, dy) * (s * (1.0f + value * (1.0f - s))));
  })
}

static void swiglu(parable_matrix gate, parable_matrix up, parable_matrix hidden) {
  FOR_EACH_VECTOR(gate.storage, gate, {
    vector g = GET(storage, gate);
    PUT(storage, hidden, g * sigmoid(g) * GET(storage, up));
  })
}

static void swiglu_backward(parable_matrix d_hidden, parable_matrix gate, parable_matrix up,
                            parable_matrix d_gate, parable_matrix d_up) {
  FOR_EACH_VECTOR(gate.storage, gate, {
    vector d = GET(storage, d_hidden);
    vector g = GET(storage, gate);
    vector u = GET(storage, up);
    vector s = sigmoid(g);
    PUT(storage, d_gate, d * u * (s * (1.0f + g * (1.0f - s))));
    PUT(storage, d_up, d * (g * s));
  })
}

#undef FOR_EACH_VECTOR
#undef FOR_EACH_VECTOR_OF
#undef GET
#undef PUT
