#pragma once

#include "Gemm.h"

enum {
  // A block of the right factor, so deep and wide (512 KiB), stays in the second cache while the
  // rows pass by, and a panel of the left one (24 KiB) in the first.
  BLOCK_UNITS = 512,
  STRIPE_COLUMNS = 256,
  // Panels of the left factor that are laid out together, and the widest one.
  LEFT_PANELS = 4,
  WIDEST_LEFT = 12,
  // Packed panels that one row is multiplied by at once.
  ROW_PANELS = 4,
  // Rows of a result that is rounded whose sums are held at a time.
  ROWS_AT_ONCE = 1024,
  // What packing reads (rows, each of which may lie in a page of its own) and writes (units of a
  // panel, within the first cache) before it goes on to the next panel.
  ROWS_TOGETHER = 16,
  UNITS_TOGETHER = 6144,
};

typedef struct {
  _Alignas(64) uint32_t right[BLOCK_UNITS * STRIPE_COLUMNS];
  _Alignas(64) uint32_t left[BLOCK_UNITS * LEFT_PANELS * WIDEST_LEFT];
  _Alignas(64) float sums[ROWS_AT_ONCE * STRIPE_COLUMNS];  // of results that are stored narrower
} gemm_workspace;

// What differs between instruction sets and element types.
typedef struct {
  size_t tile_columns;
  size_t unit;
  void (*multiply)(parable_gemm_shape, parable_gemm_factor left, parable_gemm_factor right,
                   const uint32_t *panels, parable_gemm_target, gemm_workspace *);
  void (*pack_panels)(uint32_t *destination, parable_gemm_panels, parable_gemm_factor right);
} gemm_loops;
