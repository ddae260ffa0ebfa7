/// Where every parameter of a network stands in its one allocation.
package struct ParameterLayout: Equatable, Sendable {
  /// One tensor of the layout.
  package struct Entry: Equatable, Sendable {
    /// Which tensor it is.
    package let parameter: Parameter

    /// The shape as files show it: a gain has one dimension.
    package let shape: [Int]

    /// The first element, counted from the start of the allocation.
    package let offset: Int

    /// The name in the state dictionaries of the assignment.
    package var name: String { parameter.stateDictionaryName }

    /// The name in Hugging Face's Llama.
    package var huggingFaceName: String { parameter.huggingFaceName }

    /// Outputs of a linear layer, rows of the embedding, 1 for a gain.
    package var rows: Int { shape.count == 1 ? 1 : shape[0] }

    /// Inputs of a linear layer, the width of an embedding or gain.
    package var columns: Int { shape[shape.count - 1] }

    /// How many elements it has.
    package var count: Int { shape.reduce(1, *) }

    /// The elements that it covers in the allocation.
    package var range: Range<Int> { offset..<offset + count }
  }

  /// The sizes that the layout was made from.
  package let configuration: ModelConfiguration

  /// All tensors in the order in which they stand in memory.
  package let entries: [Entry]

  /// How many elements there are in all: the parameter count.
  package let elementCount: Int

  private let places: [Parameter: Int]

  /// Lays out a network of these sizes, with a classifier of choices behind it if that is wanted.
  package init(_ configuration: ModelConfiguration, hasClassifier: Bool = false) {
    let blocks = (0..<configuration.layers).flatMap { index in
      BlockParameter.allCases.map { Parameter.block(index, $0) }
    }
    let parameters =
      [.tokenEmbeddings] + blocks + [.finalNorm, .output] + (hasClassifier ? [.classifier] : [])
    var entries: [Entry] = []
    var offset = 0
    for parameter in parameters {
      let entry = Entry(
        parameter: parameter, shape: parameter.shape(in: configuration), offset: offset)
      entries.append(entry)
      offset += entry.count
    }
    self.configuration = configuration
    self.entries = entries
    elementCount = offset
    places = Dictionary(
      uniqueKeysWithValues: parameters.enumerated().map { ($0.element, $0.offset) })
  }

  /// The entry of a tensor that the network has.
  package subscript(parameter: Parameter) -> Entry {
    guard let place = places[parameter] else { preconditionFailure("there is no \(parameter)") }
    return entries[place]
  }

  /// The entry of the classifier's weight, where there is a classifier.
  package var classifier: Entry? { places[.classifier].map { entries[$0] } }

  /// The most elements of a chunk.
  package static let longestChunk = 1 << 16

  /// All elements cut into chunks, each within one tensor: the unit in which ranks share out sums,
  /// norms, updates and files, so that none of these depends on how many ranks there are.
  package var chunks: [Range<Int>] { entries.flatMap(Self.chunks) }

  /// The chunks of one tensor.
  package static func chunks(of entry: Entry) -> [Range<Int>] {
    stride(from: entry.offset, to: entry.range.upperBound, by: longestChunk).map {
      $0..<min($0 + longestChunk, entry.range.upperBound)
    }
  }

  /// Consecutive elements of some tensors that share whether they decay, as long as they can be.
  package static func decayRuns(of entries: [Entry]) -> [(range: Range<Int>, decays: Bool)] {
    var runs: [(range: Range<Int>, decays: Bool)] = []
    for entry in entries {
      if let last = runs.last, last.decays == entry.parameter.decays,
        last.range.upperBound == entry.offset
      {
        runs[runs.count - 1].range = last.range.lowerBound..<entry.range.upperBound
      } else {
        runs.append((entry.range, entry.parameter.decays))
      }
    }
    return runs
  }
}
