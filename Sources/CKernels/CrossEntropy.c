#include "CrossEntropy.h"

#include <math.h>
#include <string.h>

#define LOOPS "CrossEntropyLoops.h"
#include "EachInstructionSet.h"

parable_cross_entropy_sums parable_cross_entropy(parable_matrix logits, const int32_t *targets,
                                                 const int32_t *ignored, float scale,
                                                 parable_matrix d_logits, float *row_space) {
  DISPATCH(cross_entropy, logits, targets, ignored, scale, d_logits, row_space);
}
