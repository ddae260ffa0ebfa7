#pragma once

#include <stdint.h>

#include "Views.h"

/// Sums over the rows whose target counts.
typedef struct {
  double loss;
  ptrdiff_t correct, counted;
} parable_cross_entropy_sums;

/// The sum of −log softmax(logits)[target] over rows, those of targets equal to `*ignored` (where it
/// is given) left out; d_logits, where it has a base, = (softmax − one-hot)·scale. A gradient in
/// bfloat16 needs `row_space` for a row of floats.
parable_cross_entropy_sums parable_cross_entropy(parable_matrix logits, const int32_t *targets,
                                                 const int32_t *ignored, float scale,
                                                 parable_matrix d_logits, float *row_space);
