#pragma once

#include "Views.h"

/// x += delta, x in float.
void parable_add(parable_matrix delta, parable_matrix x);

/// output = input, rounded if it is stored in fewer bits.
void parable_convert(parable_matrix input, parable_matrix output);

/// y = x·σ(x).
void parable_silu(parable_matrix x, parable_matrix y);

/// dx = dy·σ(x)·(1 + x·(1 − σ(x))).
void parable_silu_backward(parable_matrix dy, parable_matrix x, parable_matrix dx);

/// hidden = gate·σ(gate)·up.
void parable_swiglu(parable_matrix gate, parable_matrix up, parable_matrix hidden);

/// The gradients of both factors of `parable_swiglu`.
void parable_swiglu_backward(parable_matrix d_hidden, parable_matrix gate, parable_matrix up,
                             parable_matrix d_gate, parable_matrix d_up);
