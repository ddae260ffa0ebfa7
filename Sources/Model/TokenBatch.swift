import ParableKernels

/// What one pass works on: `batch` sequences of `sequence` tokens each, flattened to
/// `batch · sequence` rows everywhere.
package struct TokenBatch {
  /// The token ids, [batch, sequence].
  package let ids: UnsafeBufferPointer<Int32>

  /// How many sequences there are.
  package let batch: Int

  /// How long each of them is.
  package let sequence: Int

  /// The position of each token within its sequence, [sequence]; nil means that they count from 0.
  package let positions: UnsafePointer<Int32>?

  /// Which tokens each token attends to.
  package let mask: AttentionMask

  /// Describes a batch; `ids` has `batch · sequence` entries.
  package init(
    ids: UnsafeBufferPointer<Int32>, batch: Int, sequence: Int,
    positions: UnsafePointer<Int32>? = nil, mask: AttentionMask = .causal
  ) {
    precondition(ids.count == batch * sequence)
    self.ids = ids
    self.batch = batch
    self.sequence = sequence
    self.positions = positions
    self.mask = mask
  }

  /// Rows of every activation.
  package var tokens: Int { batch * sequence }
}
