// The loops of this target for one instruction set: see Dispatch.h.

#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "LoopTable.h"

#include "Vectors.h"

#include "AttentionBlocks.h"
#include "AttentionFewQueries.h"
#include "AttentionLoops.h"
#include "AttentionBackwardLoops.h"
#include "CrossEntropyLoops.h"
#include "ElementwiseLoops.h"
#include "GemmLoops.h"
#include "OptimizerLoops.h"
#include "RMSNormLoops.h"
#include "RotaryLoops.h"
#include "SoftmaxLoops.h"
#include "SumLoops.h"

#define POINTER(name) .name = name,

const numeric_loops SUFFIXED(parable_numeric_loops) = {
    FOR_EACH_LOOP(POINTER)
    .gemm = {[PARABLE_FLOAT] = &gemm_of_floats, [PARABLE_BFLOAT16] = &gemm_of_pairs},
};

#pragma clang attribute pop
