#include "Elementwise.h"

#define LOOPS "ElementwiseLoops.h"
#include "EachInstructionSet.h"

void parable_add(parable_matrix delta, parable_matrix x) { DISPATCH(add, delta, x); }

void parable_convert(parable_matrix input, parable_matrix output) {
  DISPATCH(convert, input, output);
}

void parable_silu(parable_matrix x, parable_matrix y) { DISPATCH(silu, x, y); }

void parable_silu_backward(parable_matrix dy, parable_matrix x, parable_matrix dx) {
  DISPATCH(silu_backward, dy, x, dx);
}

void parable_swiglu(parable_matrix gate, parable_matrix up, parable_matrix hidden) {
  DISPATCH(swiglu, gate, up, hidden);
}

void parable_swiglu_backward(parable_matrix d_hidden, parable_matrix gate, parable_matrix up,
                             parable_matrix d_gate, parable_matrix d_up) {
  DISPATCH(swiglu_backward, d_hidden, gate, up, d_gate, d_up);
}
