// What attention is made of: copies of one head without gaps, transposition, and products of small
// blocks, on words of 32 bits.
//
// A word is a float, or (`pairs`, where the processor multiplies them) two bfloat16 that follow each
// other along the summed dimension: rows of a head read as words are pairs along a row, and two
// rows interleaved are pairs from one row to the next.

#define ROWS (REGISTERS / 4)  // times two vectors: half of the registers hold sums
#define QUERIES (2 * LANES)
#define KEYS 64
#define LOG2_E 1.44269504f
#define LN_2 0.693147181f

/// Calls a function with `pairs`, which is a constant in each copy of its body, and what follows.
#define WITH_PAIRS(pairs, function, ...)  \
  do {                                    \
    if (HAS_BFLOAT16 && (pairs)) {        \
      function(1, __VA_ARGS__);           \
    } else {                              \
      function(0, __VA_ARGS__);           \
    }                                     \
  } while (0)

INLINE ptrdiff_t pad(ptrdiff_t count, ptrdiff_t unit) { return (count + unit - 1) / unit * unit; }

INLINE ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

INLINE void clear(float *to, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i += LANES) store(to + i, (vector){});
}

/// Fetches the same place of the next head: where heads lie side by side, their rows are a whole
/// token apart, which the processor does not foresee.
INLINE void prefetch(parable_storage storage, const int writes, parable_heads view,
                     ptrdiff_t index) {
  const char *next = view.base;
  next += (index + view.head_stride) * (storage == PARABLE_BFLOAT16 ? 2 : 4);
  if (writes) {
    __builtin_prefetch(next, 1, 2);
  } else {
    __builtin_prefetch(next, 0, 2);
  }
}

INLINE void pack_floats(parable_storage storage, parable_heads view, ptrdiff_t from,
                        ptrdiff_t count, ptrdiff_t width, float *to, ptrdiff_t words) {
  for (ptrdiff_t row = 0; row < count; row++, from += view.token_stride, to += words) {
    ptrdiff_t left = width;
    for (ptrdiff_t i = 0; i < words; i += LANES, left -= LANES) {
      prefetch(storage, 0, view, from + i);
      store(to + i, left > 0 ? get(storage, view.base, from + i, left) : (vector){});
    }
  }
}

#if HAS_BFLOAT16
INLINE void pack_pairs(parable_heads view, ptrdiff_t from, ptrdiff_t count,
                       ptrdiff_t width, float *to, ptrdiff_t words) {
  for (ptrdiff_t row = 0; row < count; row++, from += view.token_stride, to += words) {
    const uint16_t *source = (const uint16_t *)view.base + from;
    ptrdiff_t left = width;
    for (ptrdiff_t i = 0; i < words; i += LANES, left -= 2 * LANES) {
      prefetch(PARABLE_BFLOAT16, 0, view, from + 2 * i);
      uint32_t mask = left >= 32 ? ~0u : left > 0 ? (1u << left) - 1 : 0;
      store(to + i, (vector)_mm512_maskz_loadu_epi16(mask, source + 2 * i));
    }
  }
}
#endif

/// Copies rows `first` up to `first + count` of one head as rows of words, a multiple of LANES with
/// zeros behind `width` elements; zero rows follow up to `padded`.
OUTLINE void pack(int pairs, parable_heads view, ptrdiff_t batch, ptrdiff_t head, ptrdiff_t first,
                  ptrdiff_t count, ptrdiff_t width, float *to, ptrdiff_t padded,
                  ptrdiff_t words) {
  ptrdiff_t from = batch * view.batch_stride + head * view.head_stride + first * view.token_stride;
#if HAS_BFLOAT16
  if (pairs) {
    pack_pairs(view, from, count, width, to, words);
  } else
#endif
    WITH_STORAGE(view.storage, pack_floats, view, from, count, width, to, words);
  clear(to + count * words, (padded - count) * words);
}

#if HAS_BFLOAT16
/// Rows of pairs, [rows, words], as pairs from one row to the next: [rows / 2, columns] with rows
/// 2r and 2r + 1 in the lower and upper halves of row r.
OUTLINE void pack_interleaved(const float *from, ptrdiff_t rows, ptrdiff_t words, float *to,
                              ptrdiff_t columns) {
  for (ptrdiff_t row = 0; row < rows; row += 2, from += 2 * words, to += columns) {
    for (ptrdiff_t i = 0; i < columns; i += LANES) {
      __m512i low = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const void *)(from + i / 2)));
      __m512i high =
          _mm512_cvtepu16_epi32(_mm256_loadu_si256((const void *)(from + words + i / 2)));
      store(to + i, (vector)_mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
    }
  }
}

/// The numbers of `low`, then those of `high`, as bfloat16.
INLINE vector side_by_side(vector low, vector high) {
  return (vector)_mm512_cvtne2ps_pbh((__m512)high, (__m512)low);
}

/// Each number of `low` followed by that of `high`, as bfloat16.
INLINE vector alternating(vector low, vector high) {
  static const uint16_t order[32] = {0, 16, 1, 17, 2,  18, 3,  19, 4,  20, 5,  21, 6,  22, 7,  23,
                                     8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
  return (vector)_mm512_permutexvar_epi16(_mm512_loadu_si512(order),
                                          (__m512i)side_by_side(low, high));
}
#else
OUTLINE __attribute__((unused)) void pack_interleaved(const float *from, ptrdiff_t rows,
                                                      ptrdiff_t words, float *to,
                                                      ptrdiff_t columns) {}
INLINE vector side_by_side(vector low, vector high) { return low; }
INLINE vector alternating(vector low, vector high) { return low; }
#endif

/// The way back: `count` rows of `width` floats, `columns` apart, times `scale`.
OUTLINE void unpack(const float *from, ptrdiff_t columns, float scale, parable_heads view,
                    ptrdiff_t batch, ptrdiff_t head, ptrdiff_t first, ptrdiff_t count,
                    ptrdiff_t width) {
  ptrdiff_t to = batch * view.batch_stride + head * view.head_stride + first * view.token_stride;
  for (ptrdiff_t row = 0; row < count; row++, from += columns, to += view.token_stride) {
    for (ptrdiff_t i = 0, left = width; left > 0; i += LANES, left -= LANES) {
      prefetch(view.storage, 1, view, to + i);
      WITH_STORAGE(view.storage, put, view.base, to + i, left, load(from + i) * scale);
    }
  }
}

#if LANES == 16
#define INTERLEAVED_LOW(a, b) \
  __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define INTERLEAVED_HIGH(a, b) \
  __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#elif LANES == 8
#define INTERLEAVED_LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define INTERLEAVED_HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#else
#define INTERLEAVED_LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define INTERLEAVED_HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#endif

/// to[column][row] = from[row][column] for rows, `stride` apart, and columns that are multiples of
/// LANES, squares of LANES × LANES one after the other: interleaving the upper and the lower half of
/// a square's rows log₂ LANES times transposes it.
OUTLINE void transpose(const float *from, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t columns,
                       float *to) {
  for (ptrdiff_t row = 0; row < rows; row += LANES) {
    for (ptrdiff_t column = 0; column < columns; column += LANES) {
      vector square[LANES], next[LANES];
#pragma unroll
      for (int i = 0; i < LANES; i++) square[i] = load(from + (row + i) * stride + column);
#pragma unroll
      for (int step = 1; step < LANES; step *= 2) {
#pragma unroll
        for (int i = 0; i < LANES / 2; i++) {
          next[2 * i] = INTERLEAVED_LOW(square[i], square[i + LANES / 2]);
          next[2 * i + 1] = INTERLEAVED_HIGH(square[i], square[i + LANES / 2]);
        }
#pragma unroll
        for (int i = 0; i < LANES; i++) square[i] = next[i];
      }
#pragma unroll
      for (int i = 0; i < LANES; i++) store(to + (column + i) * rows + row, square[i]);
    }
  }
}

/// sum + left · right, of the word `left` and every lane of `right`.
INLINE vector multiply_add(const int pairs, float left, vector right, vector sum) {
#if HAS_BFLOAT16
  if (pairs) {
    return (vector)_mm512_dpbf16_ps((__m512)sum, (__m512bh)_mm512_set1_ps(left), (__m512bh)right);
  }
#endif
  return left * right + sum;
}

/// sums[row][v] += Σ_depth left[row·row_stride + depth·depth_stride] · right[depth·right_stride + v]
/// for the vectors from `first` up to `end`.
INLINE void multiply(const int pairs, const int first, const int end, const float *left,
                     ptrdiff_t row_stride, ptrdiff_t depth_stride, const float *right,
                     ptrdiff_t right_stride, ptrdiff_t depth, vector sums[ROWS][2]) {
  for (ptrdiff_t k = 0; k < depth; k++) {
    vector factors[2];
#pragma unroll
    for (int v = first; v < end; v++) factors[v] = load(right + v * LANES);
#pragma unroll
    for (int row = 0; row < ROWS; row++) {
#pragma unroll
      for (int v = first; v < end; v++) {
        sums[row][v] = multiply_add(pairs, left[row * row_stride], factors[v], sums[row][v]);
      }
    }
    left += depth_stride;
    right += right_stride;
  }
}

/// One operand of `accumulate`: the distances between its words, and where they are.
typedef struct {
  const float *base;
  ptrdiff_t row_stride, depth_stride;
} operand;

INLINE void accumulate_words(const int pairs, operand left, const float *right,
                             ptrdiff_t right_stride, ptrdiff_t depth,
                             const vector *factors, float *to, ptrdiff_t to_stride,
                             ptrdiff_t rows, ptrdiff_t columns) {
  for (ptrdiff_t column = 0; column < columns;) {
    const int two = columns - column >= 2 * LANES;
    for (ptrdiff_t row = 0; row < rows; row += ROWS) {
      const float *first = left.base + row * left.row_stride;
      float *block = to + row * to_stride + column;
      vector sums[ROWS][2];
#pragma unroll
      for (int r = 0; r < ROWS; r++) {
#pragma unroll
        for (int v = 0; v < 2; v++) {
          if (v == 1 && !two) continue;
          sums[r][v] = load(block + r * to_stride + v * LANES);
          if (factors) sums[r][v] *= factors[v];
        }
      }
      if (two) {
        multiply(pairs, 0, 2, first, left.row_stride, left.depth_stride, right + column,
                 right_stride, depth, sums);
      } else {
        multiply(pairs, 0, 1, first, left.row_stride, left.depth_stride, right + column,
                 right_stride, depth, sums);
      }
#pragma unroll
      for (int r = 0; r < ROWS; r++) {
#pragma unroll
        for (int v = 0; v < 2; v++) {
          if (v == 1 && !two) continue;
          store(block + r * to_stride + v * LANES, sums[r][v]);
        }
      }
    }
    column += two ? 2 * LANES : LANES;
  }
}

/// to[row][column] = to·factor + Σ_depth left · right for rows a multiple of ROWS and columns of
/// LANES; `factors`, where given, holds those of the (one or two) vectors of columns.
OUTLINE void accumulate(int pairs, operand left, const float *right,
                        ptrdiff_t right_stride, ptrdiff_t depth, const vector *factors, float *to,
                        ptrdiff_t to_stride, ptrdiff_t rows, ptrdiff_t columns) {
  WITH_PAIRS(pairs, accumulate_words, left, right, right_stride, depth, factors, to, to_stride,
             rows, columns);
}
