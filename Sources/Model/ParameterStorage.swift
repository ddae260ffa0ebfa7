import Foundation
import Kernels
import Platform

/// A view of one value for every parameter of a network: the parameters themselves, their gradients
/// or an optimizer's moments.
package struct ParameterView {
  /// Where each tensor stands.
  package let layout: ParameterLayout

  /// The first of `layout.elementCount` values.
  package let base: UnsafeMutablePointer<Float>

  /// What frees the values, kept as long as this view and those that are made from it: a view may
  /// outlive the last mention of its storage.
  private let owner: AnyObject

  /// Looks at the values of a buffer that has one for each parameter and is freed with `owner`.
  package init(
    layout: ParameterLayout, values: UnsafeMutableBufferPointer<Float>, owner: AnyObject
  ) {
    guard let base = values.baseAddress, values.count == layout.elementCount else {
      preconditionFailure("\(values.count) values for \(layout.elementCount) parameters")
    }
    self.layout = layout
    self.base = base
    self.owner = owner
  }

  /// All values.
  package var values: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: base, count: layout.elementCount)
  }

  /// One tensor, [rows, columns].
  package subscript(entry: ParameterLayout.Entry) -> Matrix<Float> {
    Matrix(base + entry.offset, rows: entry.rows, columns: entry.columns, owner: owner)
  }

  /// The token embedding, [vocabulary, width].
  package var tokenEmbeddings: Matrix<Float> { self[layout.entries[0]] }

  /// The gain of the last norm, [width].
  package var finalNorm: UnsafeMutablePointer<Float> {
    base + layout.entries[layout.firstAfterLayers].offset
  }

  /// The output projection, [vocabulary, width].
  package var output: Matrix<Float> { self[layout.entries[layout.firstAfterLayers + 1]] }

  /// The classifier's weight, [width], of a layout that has one.
  package var classifier: UnsafeMutablePointer<Float>? {
    layout.classifier.map { base + $0.offset }
  }

  /// The parameters of one block.
  package func layer(_ index: Int) -> BlockParameters {
    let first = 1 + index * ParameterLayout.entriesPerLayer
    let entries = Array(layout.entries[first..<first + ParameterLayout.entriesPerLayer])
    func stacked(_ group: Range<Int>) -> Matrix<Float> {
      Matrix(
        base + entries[group.lowerBound].offset,
        rows: entries[group].reduce(0) { $0 + $1.rows },
        columns: entries[group.lowerBound].columns, owner: owner)
    }
    return BlockParameters(
      attentionNorm: base + entries[0].offset, queryKeyValue: stacked(1..<4),
      attentionOutput: stacked(4..<5), feedForwardNorm: base + entries[5].offset,
      gateUp: stacked(6..<8), down: stacked(8..<9))
  }
}

/// The parameters of one block, or their gradients.
package struct BlockParameters {
  /// The gain before attention, [width].
  package let attentionNorm: UnsafeMutablePointer<Float>

  /// Query, key and value weights on top of each other, [3 · width, width].
  package let queryKeyValue: Matrix<Float>

  /// The projection of the heads back into the stream, [width, width].
  package let attentionOutput: Matrix<Float>

  /// The gain before the feed-forward layer, [width].
  package let feedForwardNorm: UnsafeMutablePointer<Float>

  /// W1 and W3 on top of each other, [2 · hidden, width].
  package let gateUp: Matrix<Float>

  /// W2, [width, hidden].
  package let down: Matrix<Float>
}

/// Memory for one value a parameter, zero at first.
package final class ParameterStorage {
  /// The values, by tensor.
  package let view: ParameterView

  /// Reserves zeros for a network of this layout.
  package init(_ layout: ParameterLayout) {
    let memory = OwnedBuffer<Float>(count: layout.elementCount)
    view = ParameterView(layout: layout, values: memory.buffer, owner: memory)
  }

  /// All values in the order of the layout.
  package var values: UnsafeMutableBufferPointer<Float> { view.values }

  /// Draws every tensor as its layout says: a function of the seed and of each tensor's place.
  package func initialize(seed: UInt64) {
    for (index, entry) in view.layout.entries.enumerated() {
      let target = UnsafeMutableBufferPointer(rebasing: values[entry.range])
      var random = SplitMix64(seed: seed, sequence: UInt64(index))
      switch entry.initialization {
      case .ones:
        target.update(repeating: 1)
      case .normal(let deviation):
        for element in target.indices { target[element] = Float(random.normal()) * deviation }
      case .xavierUniform:
        let bound = (6 / Double(entry.rows + entry.columns)).squareRoot()
        for element in target.indices {
          target[element] = Float((2 * random.uniform() - 1) * bound)
        }
      }
    }
  }

  /// A number that two copies of the same bits share and others hardly ever.
  package var checksum: UInt64 { ContentDigest.parts(of: UnsafeRawBufferPointer(values))[0] }
}
