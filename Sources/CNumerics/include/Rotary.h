#pragma once

#include <stdint.h>

#include "Views.h"

/// The sines and cosines [positions, half] of rotary position embedding, and which position each
/// token has: `positions` is [sequence] for each batch, `positions_batch_stride` apart, or missing
/// for 0, 1, ….
typedef struct {
  const float *cosines;
  const float *sines;
  const int32_t *positions;
  ptrdiff_t positions_batch_stride;
} parable_rotation;

/// Turns each pair (x[i], x[i + half]) of the heads by the angle of its token's position, backwards
/// if `inverse`.
void parable_rotate(parable_heads x, ptrdiff_t batch, ptrdiff_t sequence, ptrdiff_t heads,
                    ptrdiff_t half, parable_rotation rotation, int inverse);
