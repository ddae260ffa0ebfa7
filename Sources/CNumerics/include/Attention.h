#pragma once

#include <stdint.h>

#include "Views.h"

/// The sizes of attention.
typedef struct {
  ptrdiff_t batch, heads, query_length, key_length, head_width, value_width;
} parable_attention_shape;

/// Which keys a query sees: all; those up to its own position, counted from the last key; these
/// without the keys from `gap_first[query]` to before `gap_end[query]`; those where `bytes`
/// [query_length, key_length] is not 0.
typedef enum {
  PARABLE_MASK_ALL,
  PARABLE_MASK_CAUSAL,
  PARABLE_MASK_CAUSAL_WITH_GAPS,
  PARABLE_MASK_BOOLEAN
} parable_attention_mask_kind;

typedef struct {
  parable_attention_mask_kind kind;
  const uint8_t *bytes;
  ptrdiff_t batch_stride, head_stride;
  const int32_t *gap_first, *gap_end;
} parable_attention_mask;

/// How many bytes, aligned to 64, `parable_attention` needs to work in.
ptrdiff_t parable_attention_workspace(parable_attention_shape shape);

/// How many bytes, aligned to 64, `parable_attention_backward` needs to work in.
ptrdiff_t parable_attention_backward_workspace(parable_attention_shape shape);

/// output = softmax(query · keyᵀ / √head_width) · value; log_sum_exp [batch, heads, query_length] is
/// kept for the backward pass.
void parable_attention(parable_heads query, parable_heads key, parable_heads value,
                       parable_attention_shape shape, parable_attention_mask mask,
                       parable_heads output, float *log_sum_exp, void *workspace);

/// The gradients of query, key and value.
void parable_attention_backward(parable_heads d_output, parable_heads query, parable_heads key,
                                parable_heads value, parable_heads output,
                                const float *log_sum_exp, parable_attention_shape shape,
                                parable_attention_mask mask, parable_heads d_query,
                                parable_heads d_key, parable_heads d_value, void *workspace);
