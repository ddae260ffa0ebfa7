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

/// Bytes of the workspace that every product needs; it must be aligned to 64 bytes, and holds
/// nothing between calls.
size_t parable_gemm_workspace_bytes(void);

/// target (+)= left · right. An element of the result depends on its row of the left factor and its
/// column of the right one alone: neither the number of rows and columns nor any address or stride
/// changes its bits.
void parable_gemm(parable_instruction_set set, parable_storage type, parable_gemm_shape shape,
                  parable_gemm_factor left, parable_gemm_factor right, parable_gemm_target target,
                  void *workspace);

/// A right factor [depth, columns] that is packed in panels: the columns are cut into panels of
/// `width`, a multiple of 4, the last one filled up with zeros. In a panel the elements of one row
/// of the factor lie side by side, or the pairs of two rows where the type is bfloat16; rows of
/// zeros follow up to `padded_depth`.
typedef struct {
  size_t depth;
  size_t columns;
  size_t width;
  size_t padded_depth;
} parable_gemm_panels;

/// The panels that `parable_gemm_packed` multiplies by.
parable_gemm_panels parable_gemm_own_panels(parable_instruction_set set, parable_storage type,
                                            size_t depth, size_t columns);

/// Bytes of the panels; they must be aligned to 64 bytes.
size_t parable_gemm_panels_bytes(parable_gemm_panels panels, parable_storage type);

/// Lays a right factor of Float, rounded to the type, out in panels.
void parable_gemm_pack(parable_instruction_set set, parable_storage type,
                       parable_gemm_panels panels, parable_gemm_factor right, void *destination);

/// target (+)= left · right, with the bits that `parable_gemm` gives, for a right factor in the
/// kernel's own panels for the instruction set.
void parable_gemm_packed(parable_instruction_set set, parable_storage type,
                         parable_gemm_shape shape, parable_gemm_factor left, const void *right,
                         parable_gemm_target target, void *workspace);
