#include "Optimizer.h"

#define LOOPS "OptimizerLoops.h"
#include "EachInstructionSet.h"

void parable_adamw(float *parameters, const float *gradients, float *first_moment,
                   float *second_moment, ptrdiff_t count, parable_adamw_step step) {
  DISPATCH(adamw, parameters, gradients, first_moment, second_moment, count, step);
}

double parable_sum_of_squares(const float *values, ptrdiff_t count) {
  DISPATCH(sum_of_squares, values, count);
}

void parable_scale(float *values, ptrdiff_t count, float factor) {
  DISPATCH(scale, values, count, factor);
}
