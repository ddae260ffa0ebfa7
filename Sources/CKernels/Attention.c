#include "Attention.h"

#include <math.h>

#define LOOPS "AttentionLoops.h"
#include "EachInstructionSet.h"

ptrdiff_t parable_attention_workspace(parable_attention_shape shape) {
  DISPATCH(attention_workspace, shape);
}

ptrdiff_t parable_attention_backward_workspace(parable_attention_shape shape) {
  DISPATCH(attention_backward_workspace, shape);
}

void parable_attention(parable_heads query, parable_heads key, parable_heads value,
                       parable_attention_shape shape, parable_attention_mask mask,
                       parable_heads output, float *log_sum_exp, void *workspace) {
  DISPATCH(attention, query, key, value, shape, mask, output, log_sum_exp, workspace);
}

void parable_attention_backward(parable_heads d_output, parable_heads query, parable_heads key,
                                parable_heads value, parable_heads output,
                                const float *log_sum_exp, parable_attention_shape shape,
                                parable_attention_mask mask, parable_heads d_query,
                                parable_heads d_key, parable_heads d_value, void *workspace) {
  DISPATCH(attention_backward, d_output, query, key, value, output, log_sum_exp, shape, mask,
           d_query, d_key, d_value, workspace);
}
