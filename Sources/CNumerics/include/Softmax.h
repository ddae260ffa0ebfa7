#pragma once

#include <stddef.h>

/// y = softmax of x along the middle one of the dimensions [before, along, after].
void parable_softmax(const float *x, float *y, ptrdiff_t before, ptrdiff_t along, ptrdiff_t after);

/// dx = y·(dy − Σ dy·y) along the middle dimension.
void parable_softmax_backward(const float *dy, const float *y, float *dx, ptrdiff_t before,
                              ptrdiff_t along, ptrdiff_t after);
