import ParableKernels

/// A network's parameters as its passes read them: embeddings and gains where they are stored, the
/// weights of matrix products packed.
struct PackedWeights<Element: ActivationElement> {
  /// Those of one block.
  final class Block {
    /// The gain before attention, [1, width].
    let attentionNorm: Matrix<Float>
    /// Query, key and value weights on top of each other, [3 · width, width].
    let queryKeyValue: LinearWeights<Element>
    /// The projection of the heads back into the residual stream, [width, width].
    let attentionOutput: LinearWeights<Element>
    /// The gain before the feed-forward layer, [1, width].
    let feedForwardNorm: Matrix<Float>
    /// W1 and W3 on top of each other, [2 · hidden, width].
    let gateUp: LinearWeights<Element>
    /// W2, [width, hidden].
    let down: LinearWeights<Element>

    init(
      _ index: Int, of parameters: ParameterView,
      make: (_ outputs: Int, _ inputs: Int) -> LinearWeights<Element>
    ) {
      let configuration = parameters.layout.configuration
      let (width, hidden) = (configuration.width, configuration.hidden)
      attentionNorm = parameters[index, .attentionNorm]
      queryKeyValue = make(3 * width, width)
      attentionOutput = make(width, width)
      feedForwardNorm = parameters[index, .feedForwardNorm]
      gateUp = make(2 * hidden, width)
      down = make(width, hidden)
    }
  }

  /// The token embedding, [vocabulary, width].
  let tokenEmbeddings: Matrix<Float>

  let blocks: [Block]

  /// The gain of the last norm, [1, width].
  let finalNorm: Matrix<Float>

  /// The output layer's, [vocabulary, width].
  let output: LinearWeights<Element>

  private let storage: ParameterStorage

  /// The version of the parameters that are packed.
  private var version: Int?

  init(
    _ storage: ParameterStorage, products: MatrixProducts, isTrainable: Bool,
    in arena: PanelArena? = nil
  ) {
    let parameters = storage.view
    let configuration = parameters.layout.configuration
    func weights(_ outputs: Int, _ inputs: Int) -> LinearWeights<Element> {
      LinearWeights(
        outputs: outputs, inputs: inputs, products: products, forwardOnly: !isTrainable, in: arena)
    }
    self.storage = storage
    tokenEmbeddings = parameters[.tokenEmbeddings]
    blocks = (0..<configuration.layers).map { Block($0, of: parameters, make: weights) }
    finalNorm = parameters[.finalNorm]
    output = weights(configuration.vocabulary, configuration.width)
  }

  /// Packs the parameters anew where they have changed since they were packed.
  mutating func packChanges() {
    guard version != storage.version else { return }
    precondition(storage.sharing == nil, "shared parameters are packed by all ranks together")
    for (weights, matrix) in all { weights.pack(matrix) }
    version = storage.version
  }

  /// Packs this rank's part of parameters that ranks share.
  mutating func packPart(_ position: Int, of count: Int) {
    let own = layouts(position, of: count)
    for (weights, matrix) in all {
      weights.pack(matrix, copying: own[ObjectIdentifier(weights)] ?? [])
    }
    version = storage.version
  }

  /// The tensors of a part whose packed copies are not what packing them now gives; those that are yet
  /// to be packed have none.
  func differing(_ position: Int, of count: Int) -> [String] {
    guard version == storage.version else { return [] }
    let own = layouts(position, of: count)
    return zip(all, names).compactMap { packed, name in
      let (weights, matrix) = packed
      let isSame = weights.holds(matrix, in: own[ObjectIdentifier(weights)] ?? [])
      return isSame ? nil : name
    }
  }

  /// Which layouts of which weights are those of a part of `count`: all parts take about as long.
  private func layouts(
    _ position: Int, of count: Int
  ) -> [ObjectIdentifier: Set<LinearWeights<Element>.Layout>] {
    let parts = all.flatMap { weights, _ in
      LinearWeights<Element>.Layout.allCases.map { (weights, $0) }
    }
    // The largest first, each to the rank that has the least.
    var loads = Array(repeating: 0, count: count)
    var own: [ObjectIdentifier: Set<LinearWeights<Element>.Layout>] = [:]
    for (weights, layout) in parts.enumerated().sorted(by: { left, right in
      let sizes = [left, right].map { $0.element.0.outputs * $0.element.0.inputs }
      return (sizes[1], left.offset) < (sizes[0], right.offset)
    }).map(\.element) {
      let rank = loads.indices.min { (loads[$0], $0) < (loads[$1], $1) } ?? 0
      loads[rank] += weights.outputs * weights.inputs
      if rank == position { own[ObjectIdentifier(weights), default: []].insert(layout) }
    }
    return own
  }

  /// The weights of all products, with the parameters that they pack.
  private var all: [(weights: LinearWeights<Element>, matrix: Matrix<Float>)] {
    let parameters = storage.view
    return blocks.enumerated().flatMap { index, block in
      [
        (block.queryKeyValue, parameters[index, .query, .key, .value]),
        (block.attentionOutput, parameters[index, .attentionOutput]),
        (block.gateUp, parameters[index, .gate, .up]), (block.down, parameters[index, .down]),
      ]
    } + [(output, parameters[.output])]
  }

  /// The first tensor of each of ``all``.
  private var names: [String] {
    let firsts: [Parameter] =
      blocks.indices.flatMap { index in
        [BlockParameter.query, .attentionOutput, .gate, .down].map { .block(index, $0) }
      } + [.output]
    return firsts.map(\.huggingFaceName)
  }

  /// The bytes of an arena for the weights of a network that is trained.
  static func arenaByteCount(_ layout: ParameterLayout) -> Int {
    let arena = PanelArena()
    // Only sizes are asked for: nothing looks at the values.
    let nowhere = UnsafeMutableBufferPointer(
      start: UnsafeMutablePointer<Float>(bitPattern: 4096), count: layout.elementCount)
    let storage = ParameterStorage(layout, values: nowhere, owner: arena)
    _ = PackedWeights(storage, products: MatrixProducts(), isTrainable: true, in: arena)
    return arena.byteCount
  }
}
