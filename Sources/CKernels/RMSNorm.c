#include "RMSNorm.h"

#include <math.h>

#define LOOPS "RMSNormLoops.h"
#include "EachInstructionSet.h"

void parable_rms_norm(parable_matrix x, parable_matrix delta, const float *gain, double epsilon,
                      parable_matrix y, float *inverse_rms) {
  DISPATCH(rms_norm, x, delta, gain, epsilon, y, inverse_rms);
}

void parable_rms_norm_backward(parable_matrix dy, parable_matrix x, const float *gain,
                               const float *inverse_rms, parable_matrix dx, float *d_gain) {
  DISPATCH(rms_norm_backward, dy, x, gain, inverse_rms, dx, d_gain);
}
