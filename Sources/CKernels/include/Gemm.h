#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "InstructionSet.h"
#include "Views.h"

/// A factor of a product, in rows of contiguous elements.
typedef struct {
  const void *base;
  /// Elements between the rows as they are stored.
  size_t stride;
  /// Whether the stored rows are the columns of the factor.
  bool transposed;
} parable_gemm_factor;

/// Where the product goes, in rows of contiguous elements.
typedef struct {
  void *base;
  /// Elements between rows.
  size_t stride;
  parable_storage type;
  /// Whether the product is added to what is there, instead of overwriting it.
  bool adds;
} parable_gemm_target;

/// The sizes of a product: left [rows, depth] times right [depth, columns].
typedef struct {
  size_t rows;
  size_t columns;
  size_t depth;
} parable_gemm_shape;

/// Whether factors of the type can be multiplied with the instruction set.
bool parable_gemm_supports(parable_instruction_set set, parable_storage type);

/// Bytes of the workspace that every product needs; it must be aligned to 64 bytes, and holds
/// nothing between calls.
size_t parable_gemm_workspace_bytes(void);

/// target (+)= left · right. An element of the result depends on its row of the left factor and its
/// column of the right one alone: neither the number of rows and columns nor any address or stride
/// changes its bits.
void parable_gemm(parable_instruction_set set, parable_storage type, parable_gemm_shape shape,
                  parable_gemm_factor left, parable_gemm_factor right, parable_gemm_target target,
                  void *workspace);

/// Bytes of a right factor [depth, columns] that is kept in the layout of the instruction set.
size_t parable_gemm_panels_bytes(parable_instruction_set set, parable_storage type, size_t depth,
                                 size_t columns);

/// Lays a right factor of Float, rounded to the type, out in panels aligned to 64 bytes.
void parable_gemm_pack(parable_instruction_set set, parable_storage type, size_t depth,
                       size_t columns, parable_gemm_factor right, void *panels, void *workspace);

/// target (+)= left · panels, with the bits that `parable_gemm` gives; the panels were laid out for
/// the same instruction set.
void parable_gemm_panels(parable_instruction_set set, parable_storage type,
                         parable_gemm_shape shape, parable_gemm_factor left, const void *panels,
                         parable_gemm_target target, void *workspace);
