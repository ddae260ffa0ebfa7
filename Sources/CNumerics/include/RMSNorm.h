#pragma once

#include "Views.h"

/// y = x·inverse·gain with inverse = 1/√(mean x² + ε) of the row; `delta`, where it has a base, is
/// added to x first.
void parable_rms_norm(parable_matrix x, parable_matrix delta, const float *gain, double epsilon,
                      parable_matrix y, float *inverse_rms);

/// Adds to dx and d_gain the gradients of `parable_rms_norm`.
void parable_rms_norm_backward(parable_matrix dy, parable_matrix x, const float *gain,
                               const float *inverse_rms, parable_matrix dx, float *d_gain);
