// Sums that wait for their partner stay in the first-level cache, and the streams from memory
// alternate often enough for the prefetchers: 64 to 128 floats measured best.
#define BLOCK 128

// A cache line, which a streaming store writes as a whole.
typedef float line __attribute__((vector_size(4 * LINE_FLOATS)));
typedef float unaligned_line __attribute__((vector_size(4 * LINE_FLOATS), aligned(4)));

static void add_floats(const float *left, const float *right, float *into, size_t count) {
  for (size_t i = 0; i < count; i++) into[i] = left[i] + right[i];
}

// Stores past the caches: the line is not read first, and nothing useful is thrown out for it.
static void add_streaming(const float *left, const float *right, float *into, size_t count) {
  size_t i = 0;
  for (; i < count && (uintptr_t)(into + i) % sizeof(line) != 0; i++) {
    into[i] = left[i] + right[i];
  }
  for (; i + LINE_FLOATS <= count; i += LINE_FLOATS) {
    line sum = *(const unaligned_line *)(left + i) + *(const unaligned_line *)(right + i);
    __builtin_nontemporal_store(sum, (line *)(into + i));
  }
  for (; i < count; i++) into[i] = left[i] + right[i];
}

static void tree_sum(const float *const *sources, const int *merges, size_t sourceCount,
                     float *into, size_t count) {
  if (sourceCount == 1) {
    if (sources[0] != into) memcpy(into, sources[0], count * sizeof(float));
    return;
  }
  bool streaming = true;
  for (size_t s = 0; s < sourceCount; s++) streaming = streaming && sources[s] != into;

  float pending[PARABLE_TREE_SUM_DEPTH][BLOCK] __attribute__((aligned(sizeof(line))));
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
          add_floats(left, right, pending[depth - 1], length);
          stack[depth - 1] = pending[depth - 1];
        } else if (streaming) {
          add_streaming(left, right, into + offset, length);
        } else {
          add_floats(left, right, into + offset, length);
        }
      }
    }
  }
  // Streaming stores are not ordered with the stores of a barrier unless a fence does it.
#if defined(__x86_64__)
  if (streaming) __builtin_ia32_sfence();
#else
  if (streaming) atomic_thread_fence(memory_order_seq_cst);
#endif
}
