/// The largest sizes that a network or its training can have: beyond everything that is trained
/// anywhere, and so small that no count of parameters, bytes or operations made from them overflows.
///
/// They stand here alone; whether a size within them fits is for ``MemoryLimit`` to say.
package enum SizeBounds {
  /// The width of the residual stream.
  package static let width = 1 << 16

  /// The inner width of the feed-forward layer.
  package static let hidden = 1 << 18

  /// Transformer blocks.
  package static let layers = 1 << 12

  /// Attention heads of a block.
  package static let heads = 1 << 14

  /// Token ids: as many as a tokenizer may have.
  package static let vocabulary = 1 << 21

  /// Tokens of a sequence.
  package static let context = 1 << 24

  /// Numbers that a network has to learn.
  package static let parameters = 1 << 40

  /// Sequences or questions per step, of all ranks together.
  package static let batch = 1 << 20

  /// Steps of a schedule.
  package static let steps = 1 << 32

  /// Epochs of a fine-tuning.
  package static let epochs = 1 << 20

  /// Tokens that one pass computes at once: those of a micro-batch.
  package static let tokensAtOnce = 1 << 24

  /// Ranks of a job.
  package static let ranks = 1 << 16
}
