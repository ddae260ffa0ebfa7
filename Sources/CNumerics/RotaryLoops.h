INLINE void rotate_heads(parable_storage storage, parable_heads x, ptrdiff_t batch,
                         ptrdiff_t sequence, ptrdiff_t heads, ptrdiff_t half,
                         parable_rotation rotation, int inverse) {
  float direction = inverse ? -1.0f : 1.0f;
  for (ptrdiff_t b = 0; b < batch; b++) {
    for (ptrdiff_t t = 0; t < sequence; t++) {
      ptrdiff_t position =
          rotation.positions ? rotation.positions[b * rotation.positions_batch_stride + t] : t;
      const float *cosines = rotation.cosines + position * half;
      const float *sines = rotation.sines + position * half;
      ptrdiff_t token = b * x.batch_stride + t * x.token_stride;
      for (ptrdiff_t i = 0, left = half; left > 0; i += LANES, left -= LANES) {
        vector cosine = get(PARABLE_FLOAT, cosines, i, left);
        vector sine = get(PARABLE_FLOAT, sines, i, left) * direction;
        for (ptrdiff_t h = 0; h < heads; h++) {
          ptrdiff_t first = token + h * x.head_stride + i;
          vector one = get(storage, x.base, first, left);
          vector two = get(storage, x.base, first + half, left);
          put(storage, x.base, first, left, one * cosine - two * sine);
          put(storage, x.base, first + half, left, two * cosine + one * sine);
        }
      }
    }
  }
}

static void rotate(parable_heads x, ptrdiff_t batch, ptrdiff_t sequence, ptrdiff_t heads,
                   ptrdiff_t half, parable_rotation rotation, int inverse) {
  WITH_STORAGE(x.storage, rotate_heads, x, batch, sequence, heads, half, rotation, inverse);
}
