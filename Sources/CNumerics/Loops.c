#include "LoopTable.h"

// Each public function calls the loop of its name for the instruction set in use.

static const numeric_loops *loops(void) {
  return TABLE_FOR(parable_active_instruction_set(), parable_numeric_loops);
}

ptrdiff_t parable_attention_workspace(parable_attention_shape shape) {
  return loops()->attention_workspace(shape);
}

ptrdiff_t parable_attention_backward_workspace(parable_attention_shape shape) {
  return loops()->attention_backward_workspace(shape);
}

void parable_attention(parable_heads query, parable_heads key, parable_heads value,
                       parable_attention_shape shape, parable_attention_mask mask,
                       parable_heads output, float *log_sum_exp, void *workspace) {
  loops()->attention(query, key, value, shape, mask, output, log_sum_exp, workspace);
}

void parable_attention_backward(parable_heads d_output, parable_heads query, parable_heads key,
                                parable_heads value, parable_heads output,
                                const float *log_sum_exp, parable_attention_shape shape,
                                parable_attention_mask mask, parable_heads d_query,
                                parable_heads d_key, parable_heads d_value, void *workspace) {
  loops()->attention_backward(d_output, query, key, value, output, log_sum_exp, shape, mask,
                              d_query, d_key, d_value, workspace);
}

parable_cross_entropy_sums parable_cross_entropy(parable_matrix logits, const int32_t *targets,
                                                 const int32_t *ignored, float scale,
                                                 parable_matrix d_logits, float *row_space) {
  return loops()->cross_entropy(logits, targets, ignored, scale, d_logits, row_space);
}

void parable_add(parable_matrix delta, parable_matrix x) { loops()->add(delta, x); }

void parable_convert(parable_matrix input, parable_matrix output) {
  loops()->convert(input, output);
}

void parable_silu(parable_matrix x, parable_matrix y) { loops()->silu(x, y); }

void parable_silu_backward(parable_matrix dy, parable_matrix x, parable_matrix dx) {
  loops()->silu_backward(dy, x, dx);
}

void parable_swiglu(parable_matrix gate, parable_matrix up, parable_matrix hidden) {
  loops()->swiglu(gate, up, hidden);
}

void parable_swiglu_backward(parable_matrix d_hidden, parable_matrix gate, parable_matrix up,
                             parable_matrix d_gate, parable_matrix d_up) {
  loops()->swiglu_backward(d_hidden, gate, up, d_gate, d_up);
}

void parable_adamw(float *parameters, const float *gradients, float *first_moment,
                   float *second_moment, ptrdiff_t count, parable_adamw_step step) {
  loops()->adamw(parameters, gradients, first_moment, second_moment, count, step);
}

void parable_combine(float a, const float *x, float b, const float *y, float *sum,
                     ptrdiff_t count) {
  loops()->combine(a, x, b, y, sum, count);
}

double parable_sum_of_squares(const float *values, ptrdiff_t count) {
  return loops()->sum_of_squares(values, count);
}

void parable_scale(float *values, ptrdiff_t count, float factor) {
  loops()->scale(values, count, factor);
}

void parable_rms_norm(parable_matrix x, parable_matrix delta, const float *gain, double epsilon,
                      parable_matrix y, float *inverse_rms) {
  loops()->rms_norm(x, delta, gain, epsilon, y, inverse_rms);
}

void parable_rms_norm_backward(parable_matrix dy, parable_matrix x, const float *gain,
                               const float *inverse_rms, parable_matrix dx, float *d_gain) {
  loops()->rms_norm_backward(dy, x, gain, inverse_rms, dx, d_gain);
}

void parable_rotate(parable_heads x, ptrdiff_t batch, ptrdiff_t sequence, ptrdiff_t heads,
                    ptrdiff_t half, parable_rotation rotation, int inverse) {
  loops()->rotate(x, batch, sequence, heads, half, rotation, inverse);
}

void parable_softmax(const float *x, float *y, ptrdiff_t before, ptrdiff_t along,
                     ptrdiff_t after) {
  loops()->softmax(x, y, before, along, after);
}

void parable_softmax_backward(const float *dy, const float *y, float *dx, ptrdiff_t before,
                              ptrdiff_t along, ptrdiff_t after) {
  loops()->softmax_backward(dy, y, dx, before, along, after);
}

void parable_tree_sum(const float *const *sources, const int *merges, size_t sourceCount,
                      float *into, size_t count) {
  loops()->tree_sum(sources, merges, sourceCount, into, count);
}
