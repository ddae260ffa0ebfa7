import Kernels
import Platform

/// What one forward pass works on: `batch` sequences of `sequence` tokens each, flattened to
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

/// What the forward pass of one block leaves for its backward pass, for up to `capacity` tokens.
package final class BlockActivations<Element: ActivationElement> {
  /// The residual stream as it enters the block, [tokens, width].
  package let input: Rows<Float>

  /// 1 / root mean square of each row of `input`, [tokens].
  package let inputInverseRMS: OwnedBuffer<Float>

  /// The normed input, [tokens, width].
  package let attentionInput: Rows<Element>

  /// Queries, keys and values beside each other, rotated, [tokens, 3 · width].
  package let queryKeyValue: Rows<Element>

  /// What the heads bring together, [tokens, width].
  package let attended: Rows<Element>

  /// Log of each query's sum of exponentials, [batch, heads, sequence].
  package let logSumExp: OwnedBuffer<Float>

  /// The residual stream between attention and feed-forward layer, [tokens, width].
  package let middle: Rows<Float>

  /// 1 / root mean square of each row of `middle`, [tokens].
  package let middleInverseRMS: OwnedBuffer<Float>

  /// The normed middle, [tokens, width].
  package let feedForwardInput: Rows<Element>

  /// Gate and up projections beside each other, [tokens, 2 · hidden].
  package let gateUp: Rows<Element>

  /// SiLU(gate) ⊙ up, [tokens, hidden].
  package let activated: Rows<Element>

  package init(_ configuration: ModelConfiguration, capacity: Int) {
    let width = configuration.width
    input = Rows(capacity, width)
    inputInverseRMS = OwnedBuffer(count: capacity)
    attentionInput = Rows(capacity, width)
    queryKeyValue = Rows(capacity, 3 * width)
    attended = Rows(capacity, width)
    logSumExp = OwnedBuffer(count: capacity * configuration.heads)
    middle = Rows(capacity, width)
    middleInverseRMS = OwnedBuffer(count: capacity)
    feedForwardInput = Rows(capacity, width)
    gateUp = Rows(capacity, 2 * configuration.hidden)
    activated = Rows(capacity, configuration.hidden)
  }
}

/// The gradients that flow through a block, shared by all blocks of a network.
package final class BlockGradients<Element: ActivationElement> {
  /// With respect to the residual stream, [tokens, width].
  package let stream: Rows<Float>

  /// The same in the type of the activations.
  package let streamElement: Rows<Element>

  /// With respect to the normed input of a sublayer, [tokens, width].
  package let normed: Rows<Element>

  /// With respect to what the heads bring together, [tokens, width].
  package let attended: Rows<Element>

  /// With respect to queries, keys and values, [tokens, 3 · width].
  package let queryKeyValue: Rows<Element>

  /// With respect to the gate and up projections, [tokens, 2 · hidden].
  package let gateUp: Rows<Element>

  /// With respect to the input of W2, [tokens, hidden].
  package let activated: Rows<Element>

  package init(_ configuration: ModelConfiguration, capacity: Int) {
    let width = configuration.width
    stream = Rows(capacity, width)
    streamElement = Rows(Element.storage == .float ? 0 : capacity, width)
    normed = Rows(capacity, width)
    attended = Rows(capacity, width)
    queryKeyValue = Rows(capacity, 3 * width)
    gateUp = Rows(capacity, 2 * configuration.hidden)
    activated = Rows(capacity, configuration.hidden)
  }

  /// The first rows of the gradient of the residual stream as activations: the same memory where
  /// activations are `Float`, a rounded copy where they are not.
  func streamAsElements(_ tokens: Int) -> Matrix<Element> {
    let source = stream[tokens]
    if Element.storage == .float {
      return source.rebound(to: Element.self)
    }
    let target = streamElement[tokens]
    convert(source, into: target)
    return target
  }
}

/// Memory for rows of which a pass uses as many as it has tokens.
package struct Rows<Element: ActivationElement> {
  private let memory: OwnedBuffer<Element>
  private let columns: Int

  package init(_ capacity: Int, _ columns: Int) {
    memory = OwnedBuffer(count: capacity * columns)
    self.columns = columns
  }

  /// The first `tokens` rows.
  package subscript(tokens: Int) -> Matrix<Element> {
    Matrix(memory, rows: tokens, columns: columns)
  }
}
