import ParableKernels
import ParablePlatform

/// The rotated keys and the values of all tokens that a network has read, so that the next token
/// costs one row instead of the whole sequence.
package final class KeyValueCache<Element: ActivationElement> {
  /// One block's keys and values.
  package final class Layer {
    private let keyMemory: OwnedBuffer<Element>
    private let valueMemory: OwnedBuffer<Element>
    private let capacity: Int
    private let width: Int
    private let headWidth: Int

    /// How many tokens of each sequence are held.
    private(set) var length = 0

    init(_ configuration: ModelConfiguration, batch: Int, capacity: Int) {
      keyMemory = OwnedBuffer(count: batch * capacity * configuration.width)
      valueMemory = OwnedBuffer(count: batch * capacity * configuration.width)
      self.capacity = capacity
      width = configuration.width
      headWidth = configuration.headWidth
    }

    /// All keys held.
    var keys: Heads<Element> { heads(keyMemory) }

    /// All values held.
    var values: Heads<Element> { heads(valueMemory) }

    /// Copies the rows of `sequence` new tokens behind those held.
    func append(key: Heads<Element>, value: Heads<Element>, batch: Int, sequence: Int) {
      precondition(length + sequence <= capacity)
      for (source, memory) in [(key, keyMemory), (value, valueMemory)] {
        for item in 0..<batch {
          for token in 0..<sequence {
            let row = memory.base + (item * capacity + length + token) * width
            row.update(
              from: source.base + item * source.batchStride + token * source.tokenStride,
              count: width)
          }
        }
      }
      length += sequence
    }

    func clear() { length = 0 }

    private func heads(_ memory: OwnedBuffer<Element>) -> Heads<Element> {
      Heads(
        memory.base, batchStride: capacity * width, tokenStride: width,
        headStride: headWidth, owner: memory)
    }
  }

  let layers: [Layer]

  /// The most tokens a sequence can have.
  package let capacity: Int

  /// Makes room for `batch` sequences of up to `longest` tokens; left out, of the context's length.
  package init(_ configuration: ModelConfiguration, batch: Int = 1, longest: Int? = nil) {
    let capacity = min(longest ?? configuration.context, configuration.context)
    self.capacity = capacity
    layers = (0..<configuration.layers).map { _ in
      Layer(configuration, batch: batch, capacity: capacity)
    }
  }

  /// How many tokens of each sequence are held.
  package var length: Int { layers.first?.length ?? 0 }

  /// Forgets all tokens.
  package func clear() {
    for layer in layers { layer.clear() }
  }
}
