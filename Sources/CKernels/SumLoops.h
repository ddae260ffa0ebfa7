// The loops of Sum.c, included once an instruction set; VARIANT names them.

static void VARIANT(add)(const float *left, const float *right, float *into, size_t count) {
  for (size_t i = 0; i < count; i++) into[i] = left[i] + right[i];
}

// Stores past the caches: the line is not read first, and nothing useful is thrown out for it.
static void VARIANT(add_streaming)(const float *left, const float *right, float *into,
                                   size_t count) {
  size_t i = 0;
  for (; i < count && (uintptr_t)(into + i) % sizeof(vector) != 0; i++) {
    into[i] = left[i] + right[i];
  }
  for (; i + VECTOR_FLOATS <= count; i += VECTOR_FLOATS) {
    vector sum = *(const unaligned_vector *)(left + i) + *(const unaligned_vector *)(right + i);
    __builtin_nontemporal_store(sum, (vector *)(into + i));
  }
  for (; i < count; i++) into[i] = left[i] + right[i];
}

static void VARIANT(tree_sum)(const float *const *sources, const int *merges, size_t sourceCount,
                              float *into, size_t count, bool streaming) {
  float pending[PARABLE_TREE_SUM_DEPTH][BLOCK] __attribute__((aligned(sizeof(vector))));
  const float *stack[PARABLE_TREE_SUM_DEPTH];
  for (size_t offset = 0; offset < count; offset += BLOCK) {
    size_t length = count - offset < BLOCK ? count - offset : BLOCK;
    size_t depth = 0;
    for (size_t s = 0; s < sourceCount; s++) {
      stack[depth++] = sources[s] + offset;
      for (int m = 0; m < merges[s]; m++) {
        depth--;
        const float *left = stack[depth - 1], *right = stack[depth];
        if (s + 1 < sourceCount || m + 1 < merges[s]) {
          VARIANT(add)(left, right, pending[depth - 1], length);
          stack[depth - 1] = pending[depth - 1];
        } else if (streaming) {
          VARIANT(add_streaming)(left, right, into + offset, length);
        } else {
          VARIANT(add)(left, right, into + offset, length);
        }
      }
    }
  }
}
