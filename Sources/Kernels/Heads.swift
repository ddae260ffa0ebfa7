import CParableNumerics

/// A view of the vectors of attention heads, to read or to write, which keeps the memory that it looks at where that is
/// not lent for a call (see ``Matrix``).
///
/// Element i of head h of token t of batch b lies at
/// `base + b·batchStride + t·tokenStride + h·headStride + i`, so that heads may lie side by side in
/// the rows of a projection's output as well as one after the other.
package struct Heads<Element: ActivationElement> {
  /// The first element of the first head of the first token.
  package let base: UnsafeMutablePointer<Element>
  /// How many elements lie between two batches.
  package let batchStride: Int
  /// How many elements lie between two tokens of a batch.
  package let tokenStride: Int
  /// How many elements lie between two heads of a token.
  package let headStride: Int
  /// What frees the memory, not before this view is gone; nil where the memory is lent for a call.
  package let owner: AnyObject?

  /// Makes a view with the given strides.
  package init(
    _ base: UnsafeMutablePointer<Element>, batchStride: Int, tokenStride: Int, headStride: Int,
    owner: AnyObject? = nil
  ) {
    self.base = base
    self.batchStride = batchStride
    self.tokenStride = tokenStride
    self.headStride = headStride
    self.owner = owner
  }

  /// Makes a view of heads of `headWidth` columns that lie side by side in the rows of a matrix
  /// [batch · sequence, heads · headWidth].
  package init(_ matrix: MutableMatrix<Element>, sequence: Int, headWidth: Int) {
    precondition(matrix.columns % headWidth == 0 && matrix.rows % sequence == 0)
    self.init(
      matrix.base, batchStride: sequence * matrix.stride, tokenStride: matrix.stride,
      headStride: headWidth, owner: matrix.owner)
  }

  var view: parable_heads {
    parable_heads(
      base: base, batch_stride: batchStride, token_stride: tokenStride, head_stride: headStride,
      storage: Element.storage.view)
  }
}
