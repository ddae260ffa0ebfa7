// One loop over rows and vectors for all functions: `storage` is a constant in each copy of a body,
// and so are the loads and stores that follow from it.
#define FOR_EACH_VECTOR(view)                                  \
  for (ptrdiff_t row = 0; row < (view).rows; row++)            \
    for (ptrdiff_t i = 0, left = (view).columns; left > 0; i += LANES, left -= LANES)
#define GET(storage, view) get(storage, (view).base, row * (view).stride + i, left)
#define PUT(storage, view, value) put(storage, (view).base, row * (view).stride + i, left, value)

INLINE vector sigmoid(vector x) { return 1.0f / (1.0f + exponential(-x)); }

INLINE void add_rows(parable_storage storage, parable_matrix delta, parable_matrix x) {
  FOR_EACH_VECTOR(x) PUT(PARABLE_FLOAT, x, GET(PARABLE_FLOAT, x) + GET(storage, delta));
}

static void add(parable_matrix delta, parable_matrix x) {
  WITH_STORAGE(delta.storage, add_rows, delta, x);
}

INLINE void convert_rows(parable_storage storage, parable_matrix input, parable_matrix output) {
  if (output.storage == PARABLE_BFLOAT16) {
    FOR_EACH_VECTOR(output) PUT(PARABLE_BFLOAT16, output, GET(storage, input));
  } else {
    FOR_EACH_VECTOR(output) PUT(PARABLE_FLOAT, output, GET(storage, input));
  }
}

static void convert(parable_matrix input, parable_matrix output) {
  WITH_STORAGE(input.storage, convert_rows, input, output);
}

INLINE void silu_rows(parable_storage storage, parable_matrix x, parable_matrix y) {
  FOR_EACH_VECTOR(x) {
    vector value = GET(storage, x);
    PUT(storage, y, value * sigmoid(value));
  }
}

static void silu(parable_matrix x, parable_matrix y) {
  WITH_STORAGE(x.storage, silu_rows, x, y);
}

INLINE void silu_backward_rows(parable_storage storage, parable_matrix dy, parable_matrix x,
                               parable_matrix dx) {
  FOR_EACH_VECTOR(x) {
    vector value = GET(storage, x);
    vector s = sigmoid(value);
    PUT(storage, dx, GET(storage, dy) * (s * (1.0f + value * (1.0f - s))));
  }
}

static void silu_backward(parable_matrix dy, parable_matrix x, parable_matrix dx) {
  WITH_STORAGE(x.storage, silu_backward_rows, dy, x, dx);
}

INLINE void swiglu_rows(parable_storage storage, parable_matrix gate, parable_matrix up,
                        parable_matrix hidden) {
  FOR_EACH_VECTOR(gate) {
    vector g = GET(storage, gate);
    PUT(storage, hidden, g * sigmoid(g) * GET(storage, up));
  }
}

static void swiglu(parable_matrix gate, parable_matrix up, parable_matrix hidden) {
  WITH_STORAGE(gate.storage, swiglu_rows, gate, up, hidden);
}

INLINE void swiglu_backward_rows(parable_storage storage, parable_matrix d_hidden,
                                 parable_matrix gate, parable_matrix up,
                                 parable_matrix d_gate, parable_matrix d_up) {
  FOR_EACH_VECTOR(gate) {
    vector d = GET(storage, d_hidden);
    vector g = GET(storage, gate);
    vector u = GET(storage, up);
    vector s = sigmoid(g);
    PUT(storage, d_gate, d * u * (s * (1.0f + g * (1.0f - s))));
    PUT(storage, d_up, d * (g * s));
  }
}

static void swiglu_backward(parable_matrix d_hidden, parable_matrix gate,
                            parable_matrix up, parable_matrix d_gate,
                            parable_matrix d_up) {
  WITH_STORAGE(gate.storage, swiglu_backward_rows, d_hidden, gate, up, d_gate, d_up);
}

#undef FOR_EACH_VECTOR
#undef GET
#undef PUT
