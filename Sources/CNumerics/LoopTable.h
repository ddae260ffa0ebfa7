#pragma once

#include "Attention.h"
#include "CrossEntropy.h"
#include "Dispatch.h"
#include "Elementwise.h"
#include "GemmWorkspace.h"
#include "Optimizer.h"
#include "RMSNorm.h"
#include "Rotary.h"
#include "Softmax.h"
#include "Sum.h"

/// The loops behind the public functions `parable_…` of the same names and arguments.
#define FOR_EACH_LOOP(DO)                                                                       \
  DO(attention_workspace) DO(attention_backward_workspace) DO(attention) DO(attention_backward) \
  DO(cross_entropy)                                                                             \
  DO(add) DO(convert) DO(silu) DO(silu_backward) DO(swiglu) DO(swiglu_backward)                 \
  DO(adamw) DO(combine) DO(sum_of_squares) DO(scale)                                                  \
  DO(rms_norm) DO(rms_norm_backward)                                                            \
  DO(rotate)                                                                                    \
  DO(softmax) DO(softmax_backward)                                                              \
  DO(tree_sum)

#define MEMBER(name) __typeof__(parable_##name) *name;

/// All loops of this target for one instruction set.
typedef struct {
  FOR_EACH_LOOP(MEMBER)
  const gemm_loops *gemm[2];  // by parable_storage
} numeric_loops;

DECLARE_TABLES(numeric_loops, parable_numeric_loops);
