import CParableNumerics

/// The sizes of attention.
package struct AttentionShape: Hashable, Sendable {
  /// How many sequences there are.
  package var batch: Int
  /// How many heads each has.
  package var heads: Int
  /// How many queries a head has.
  package var queryLength: Int
  /// How many keys and values a head has.
  package var keyLength: Int
  /// How many elements a query or a key has.
  package var headWidth: Int
  /// How many elements a value has.
  package var valueWidth: Int

  /// Makes the shape; key length and value width left out are those of the queries.
  package init(
    batch: Int, heads: Int, queryLength: Int, keyLength: Int? = nil, headWidth: Int,
    valueWidth: Int? = nil
  ) {
    precondition(batch >= 0 && heads >= 0 && queryLength >= 0 && headWidth > 0)
    precondition((keyLength ?? 0) >= 0 && (valueWidth ?? 1) > 0)
    self.batch = batch
    self.heads = heads
    self.queryLength = queryLength
    self.keyLength = keyLength ?? queryLength
    self.headWidth = headWidth
    self.valueWidth = valueWidth ?? headWidth
  }

  var view: parable_attention_shape {
    parable_attention_shape(
      batch: batch, heads: heads, query_length: queryLength, key_length: keyLength,
      head_width: headWidth, value_width: valueWidth)
  }
}

/// Which keys a query sees.
package enum AttentionMask {
  /// All of them.
  case all
  /// Those up to the query's own position: query i sees key j ≤ i + keyLength − queryLength.
  case causal
  /// The same without the keys from `gapFirst[i]` up to, but not including, `gapEnd[i]` for query
  /// i, both [queryLength]: what lies between the common beginning of several texts and the own
  /// continuation of each.
  case causalWithGaps(gapFirst: UnsafePointer<Int32>, gapEnd: UnsafePointer<Int32>)
  /// Those where the byte [queryLength, keyLength] is not 0; strides of 0 share it.
  case boolean(UnsafePointer<UInt8>, batchStride: Int, headStride: Int)

  var view: parable_attention_mask {
    var view = parable_attention_mask()
    switch self {
    case .all:
      view.kind = PARABLE_MASK_ALL
    case .causal:
      view.kind = PARABLE_MASK_CAUSAL
    case .causalWithGaps(let gapFirst, let gapEnd):
      view.kind = PARABLE_MASK_CAUSAL_WITH_GAPS
      (view.gap_first, view.gap_end) = (gapFirst, gapEnd)
    case .boolean(let bytes, let batchStride, let headStride):
      view.kind = PARABLE_MASK_BOOLEAN
      (view.bytes, view.batch_stride, view.head_stride) = (bytes, batchStride, headStride)
    }
    return view
  }
}

/// Scaled dot-product attention.
///
/// For each head: S = Q Kᵀ / √headWidth where the mask allows, −∞ elsewhere; P = softmax of each
/// row of S; output = P V. Q is [queryLength, headWidth], K [keyLength, headWidth], V [keyLength,
/// valueWidth], output [queryLength, valueWidth]. A query that sees no key gives zeros.
///
/// Scores are computed in blocks that stay in the first cache, with running maxima and sums, and
/// never all at once. Where the processor multiplies BFloat16 and that is the element type, the
/// weights are rounded to it for the product with V, and in the backward pass the gradients of the
/// scores as well; sums are in Float. For the backward pass only the inputs, the output and
/// `logSumExp` [batch, heads, queryLength], log Σ eˢ of each query, are saved.
///
/// Vaswani and others, Attention Is All You Need, 2017; Dao, Fu, Ermon, Rudra and Ré,
/// FlashAttention, 2022.
@_specialize(where E == Float)
@_specialize(where E == BFloat16)
package func attention<E: ActivationElement>(
  query: Heads<E>, key: Heads<E>, value: Heads<E>, shape: AttentionShape, mask: AttentionMask,
  into output: Heads<E>, logSumExp: UnsafeMutablePointer<Float>
) {
  withWorkspace(parable_attention_workspace(shape.view)) { workspace in
    timed(.attention) {
      parable_attention(
        query.view, key.view, value.view, shape.view, mask.view, output.view, logSumExp, workspace)
    }
  }
}

/// The gradients of `attention`.
///
/// With P recomputed from `logSumExp`: dV = Pᵀ dO; dP = dO Vᵀ; dS = P · (dP − Σ dO · O) / √headWidth
/// with the sum over the row of a query; dQ = dS K; dK = dSᵀ Q. A query that sees no key has and
/// gives no gradient.
package func attentionBackward<E: ActivationElement>(
  _ dOutput: Heads<E>, query: Heads<E>, key: Heads<E>, value: Heads<E>, output: Heads<E>,
  logSumExp: UnsafePointer<Float>, shape: AttentionShape, mask: AttentionMask,
  into dQuery: Heads<E>, into dKey: Heads<E>, into dValue: Heads<E>
) {
  withWorkspace(parable_attention_backward_workspace(shape.view)) { workspace in
    timed(.attentionBackward) {
      parable_attention_backward(
        dOutput.view, query.view, key.view, value.view, output.view, logSumExp, shape.view,
        mask.view, dQuery.view, dKey.view, dValue.view, workspace)
    }
  }
}

private func withWorkspace(_ byteCount: Int, _ body: (UnsafeMutableRawPointer?) -> Void) {
  withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 64) { body($0.baseAddress) }
}
