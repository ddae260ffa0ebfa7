// One loop over rows and vectors for all functions: `storage` is a constant in each copy of a body,
// and so are the loads and stores that follow from it.
#define FOR_EACH_VECTOR(view)                                  \
  for (ptrdiff_t row = 0; row < (view).rows; row++)            \
    for (ptrdiff_t i = 0, left = (view).columns; left > 0; i += LANES, left -= LANES)
#define GET(storage, view) get(storage, (view).base, row * (view).stride + i, left)
#define PUT(storage, view, value) put(storage, (view).base, row * (view).stride + i, left, value)
#define FOR_STORAGE(view, call) \
  if ((view).storage == PARABLE_BFLOAT16) VARIANT(call##_rows)(PARABLE_BFLOAT16, ARGUMENTS); \
  else VARIANT(call##_rows)(PARABLE_FLOAT, ARGUMENTS)

INLINE vector VARIANT(sigmoid)(vector x) { return 1.0f / (1.0f + exponential(-x)); }

INLINE void VARIANT(add_rows)(const int storage, parable_matrix delta, parable_matrix x) {
  FOR_EACH_VECTOR(x) PUT(PARABLE_FLOAT, x, GET(PARABLE_FLOAT, x) + GET(storage, delta));
}

static void VARIANT(add)(parable_matrix delta, parable_matrix x) {
#define ARGUMENTS delta, x
  FOR_STORAGE(delta, add);
#undef ARGUMENTS
}

INLINE void VARIANT(convert_rows)(const int storage, parable_matrix input, parable_matrix output) {
  if (output.storage == PARABLE_BFLOAT16) {
    FOR_EACH_VECTOR(output) PUT(PARABLE_BFLOAT16, output, GET(storage, input));
  } else {
    FOR_EACH_VECTOR(output) PUT(PARABLE_FLOAT, output, GET(storage, input));
  }
}

static void VARIANT(convert)(parable_matrix input, parable_matrix output) {
#define ARGUMENTS input, output
  FOR_STORAGE(input, convert);
#undef ARGUMENTS
}

INLINE void VARIANT(silu_rows)(const int storage, parable_matrix x, parable_matrix y) {
  FOR_EACH_VECTOR(x) {
    vector value = GET(storage, x);
    PUT(storage, y, value * VARIANT(sigmoid)(value));
  }
}

static void VARIANT(silu)(parable_matrix x, parable_matrix y) {
#define ARGUMENTS x, y
  FOR_STORAGE(x, silu);
#undef ARGUMENTS
}

INLINE void VARIANT(silu_backward_rows)(const int storage, parable_matrix dy, parable_matrix x,
                                        parable_matrix dx) {
  FOR_EACH_VECTOR(x) {
    vector value = GET(storage, x);
    vector s = VARIANT(sigmoid)(value);
    PUT(storage, dx, GET(storage, dy) * (s * (1.0f + value * (1.0f - s))));
  }
}

static void VARIANT(silu_backward)(parable_matrix dy, parable_matrix x, parable_matrix dx) {
#define ARGUMENTS dy, x, dx
  FOR_STORAGE(x, silu_backward);
#undef ARGUMENTS
}

INLINE void VARIANT(swiglu_rows)(const int storage, parable_matrix gate, parable_matrix up,
                                 parable_matrix hidden) {
  FOR_EACH_VECTOR(gate) {
    vector g = GET(storage, gate);
    PUT(storage, hidden, g * VARIANT(sigmoid)(g) * GET(storage, up));
  }
}

static void VARIANT(swiglu)(parable_matrix gate, parable_matrix up, parable_matrix hidden) {
#define ARGUMENTS gate, up, hidden
  FOR_STORAGE(gate, swiglu);
#undef ARGUMENTS
}

INLINE void VARIANT(swiglu_backward_rows)(const int storage, parable_matrix d_hidden,
                                          parable_matrix gate, parable_matrix up,
                                          parable_matrix d_gate, parable_matrix d_up) {
  FOR_EACH_VECTOR(gate) {
    vector d = GET(storage, d_hidden);
    vector g = GET(storage, gate);
    vector u = GET(storage, up);
    vector s = VARIANT(sigmoid)(g);
    PUT(storage, d_gate, d * u * (s * (1.0f + g * (1.0f - s))));
    PUT(storage, d_up, d * (g * s));
  }
}

static void VARIANT(swiglu_backward)(parable_matrix d_hidden, parable_matrix gate,
                                     parable_matrix up, parable_matrix d_gate,
                                     parable_matrix d_up) {
#define ARGUMENTS d_hidden, gate, up, d_gate, d_up
  FOR_STORAGE(gate, swiglu_backward);
#undef ARGUMENTS
}

#undef FOR_EACH_VECTOR
#undef GET
#undef PUT
#undef FOR_STORAGE
