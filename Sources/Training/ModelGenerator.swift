import ParableKernels
import ParableModel

extension ModelDirectory {
  /// A generator with room for `count` tokens behind prompts of up to `promptLength`, and no more: a
  /// context may be much longer than anything that is asked for.
  ///
  /// Ids without a token are never drawn.
  package func makeGenerator<Element: ActivationElement>(
    _ element: Element.Type, promptLength: Int, count: Int, overflow: ContextOverflow = .slide
  ) throws -> TokenGenerator<Element> {
    let longest = min(promptLength + min(count, configuration.context), configuration.context)
    let network = DecoderNetwork<Element>(
      try loadParameters(), capacity: longest, trainable: false, products: .ofSingleRows())
    return TokenGenerator(
      network, overflow: overflow, longest: longest,
      unused: (0..<configuration.vocabulary).filter { vocabulary.bytes(of: $0) == nil }
        .map { Int32($0) })
  }
}
