#pragma once

#include <stddef.h>

/// The numbers of one AdamW step, equal for all parameters.
typedef struct {
  float gradient_scale;             // multiplies the gradient first: clipping
  float beta1, one_minus_beta1;
  float beta2, one_minus_beta2;
  float decay;                      // 1 − learning rate · weight decay
  float step_size;                  // learning rate ÷ (1 − beta1^t)
  float inverse_root_correction2;   // 1 ÷ √(1 − beta2^t)
  float epsilon;
} parable_adamw_step;

/// One step of AdamW over `count` parameters and their moments.
void parable_adamw(float *parameters, const float *gradients, float *first_moment,
                   float *second_moment, ptrdiff_t count, parable_adamw_step step);

/// sum = a · x + b · y; sum may be x or y.
void parable_combine(float a, const float *x, float b, const float *y, float *sum,
                     ptrdiff_t count);

/// The sum of squares, in double.
double parable_sum_of_squares(const float *values, ptrdiff_t count);

/// values ·= factor.
void parable_scale(float *values, ptrdiff_t count, float factor);
