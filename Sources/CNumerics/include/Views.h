#pragma once

#include <stddef.h>

/// What an element of a view is stored as; every loop computes in `float` and rounds once, where it
/// stores.
typedef enum { PARABLE_FLOAT = 0, PARABLE_BFLOAT16 = 1 } parable_storage;

/// A row-major matrix in memory that the caller owns; `stride` counts elements between rows.
typedef struct {
  void *base;
  ptrdiff_t rows, columns, stride;
  parable_storage storage;
} parable_matrix;

/// The vectors of attention heads: element i of (batch b, token t, head h) lies at
/// base + b·batch_stride + t·token_stride + h·head_stride + i.
typedef struct {
  void *base;
  ptrdiff_t batch_stride, token_stride, head_stride;
  parable_storage storage;
} parable_heads;
