/// The largest sizes that a network or its training can have: beyond everything that is trained
/// anywhere, and so small that no count of parameters, bytes or operations made from them overflows.
///
/// They stand here alone; whether a size within them fits is for ``MemoryLimit`` to say.
public enum SizeBounds {
  /// The width of the residual stream.
  public static let width = 1 << 16

  /// The inner width of the feed-forward layer.
  public static let hidden = 1 << 18

  /// Transformer blocks.
  public static let layers = 1 << 12

  /// Attention heads of a block.
  public static let heads = 1 << 14

  /// Token ids: as many as a tokenizer may have.
  public static let vocabulary = 1 << 21

  /// Tokens of a sequence.
  public static let context = 1 << 24

  /// Numbers that a network has to learn.
  public static let parameters = 1 << 40

  /// Windows or questions of a step, of all ranks together.
  public static let batch = 1 << 20

  /// Steps of a schedule.
  public static let steps = 1 << 32

  /// Epochs of a fine-tuning.
  public static let epochs = 1 << 20

  /// Tokens that one pass computes at once: those of a grain.
  public static let tokensAtOnce = 1 << 24

  /// Ranks of a job.
  public static let ranks = 1 << 16
}
