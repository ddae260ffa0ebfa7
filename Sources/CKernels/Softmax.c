#include "Softmax.h"

#include <math.h>

#define LOOPS "SoftmaxLoops.h"
#include "EachInstructionSet.h"

void parable_softmax(const float *x, float *y, ptrdiff_t before, ptrdiff_t along,
                     ptrdiff_t after) {
  DISPATCH(softmax, x, y, before, along, after);
}

void parable_softmax_backward(const float *dy, const float *y, float *dx, ptrdiff_t before,
                              ptrdiff_t along, ptrdiff_t after) {
  DISPATCH(softmax_backward, dy, y, dx, before, along, after);
}
