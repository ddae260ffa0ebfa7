/// Where every parameter of a network stands in its one allocation: the only table of parameters.
///
/// The query, key and value weights of a block stand behind each other, and so do the gate and up
/// weights, so that one matrix product serves each group.
package struct ParameterLayout: Equatable, Sendable {
  /// How a parameter is drawn before training.
  package enum Initialization: Equatable, Sendable {
    /// Normal with this standard deviation.
    case normal(Float)

    /// Uniform within ±√(6 / (inputs + outputs)) (Glorot and Bengio 2010).
    case xavierUniform

    /// All ones.
    case ones
  }

  /// One tensor of the table.
  package struct Entry: Equatable, Sendable {
    /// The name in the assignment's state dictionaries.
    package let name: String

    /// The name in Hugging Face's Llama.
    package let huggingFaceName: String

    /// Outputs of a linear layer, rows of the embedding, 1 for a norm's gain.
    package let rows: Int

    /// Inputs of a linear layer, the width of an embedding or gain.
    package let columns: Int

    /// Whether weight decay applies: to matrices, not to gains.
    package let decays: Bool

    /// How it is drawn.
    package let initialization: Initialization

    /// The first element, counted from the start of the allocation.
    package let offset: Int

    /// How many elements it has.
    package var count: Int { rows * columns }

    /// The elements that it covers in the allocation.
    package var range: Range<Int> { offset..<offset + count }

    /// The shape as files show it: a gain has one dimension.
    package var shape: [Int] { decays ? [rows, columns] : [columns] }
  }

  /// The sizes that the table was made from.
  package let configuration: ModelConfiguration

  /// All tensors in the order in which they stand in memory.
  package let entries: [Entry]

  /// How many elements there are in all: the parameter count.
  package let elementCount: Int

  /// Lays out a network of these sizes, with a classifier of choices behind it if that is wanted.
  package init(_ configuration: ModelConfiguration, hasClassifier: Bool = false) {
    let width = configuration.width
    let hidden = configuration.hidden
    var entries: [Entry] = []
    var offset = 0
    func append(
      _ name: String, _ huggingFaceName: String, _ rows: Int, _ columns: Int,
      _ initialization: Initialization = .xavierUniform
    ) {
      let entry = Entry(
        name: name + ".weight", huggingFaceName: huggingFaceName + ".weight", rows: rows,
        columns: columns, decays: initialization != .ones, initialization: initialization,
        offset: offset)
      entries.append(entry)
      offset += entry.count
    }
    append(
      "token_embeddings", "model.embed_tokens", configuration.vocabulary, width, .normal(0.02))
    for layer in 0..<configuration.layers {
      let ours = "layers.\(layer)"
      let theirs = "model.layers.\(layer)"
      append("\(ours).ln1", "\(theirs).input_layernorm", 1, width, .ones)
      append("\(ours).attn.q_proj", "\(theirs).self_attn.q_proj", width, width)
      append("\(ours).attn.k_proj", "\(theirs).self_attn.k_proj", width, width)
      append("\(ours).attn.v_proj", "\(theirs).self_attn.v_proj", width, width)
      append("\(ours).attn.output_proj", "\(theirs).self_attn.o_proj", width, width)
      append("\(ours).ln2", "\(theirs).post_attention_layernorm", 1, width, .ones)
      append("\(ours).ffn.w1", "\(theirs).mlp.gate_proj", hidden, width)
      append("\(ours).ffn.w3", "\(theirs).mlp.up_proj", hidden, width)
      append("\(ours).ffn.w2", "\(theirs).mlp.down_proj", width, hidden)
    }
    append("final_ln", "model.norm", 1, width, .ones)
    append("output", "lm_head", configuration.vocabulary, width)
    if hasClassifier { append(Self.classifierName, Self.classifierName, 1, width) }
    self.configuration = configuration
    self.entries = entries
    elementCount = offset
  }

  /// What the classifier's weight is called, without its ending.
  static let classifierName = "classifier"

  /// Whether a classifier of choices stands behind the network.
  package var hasClassifier: Bool { entries.count > firstAfterLayers + 2 }

  /// The entry of the classifier's weight, [1, width].
  package var classifier: Entry? { hasClassifier ? entries.last : nil }

  /// The place of the last norm among the entries; the output layer follows.
  var firstAfterLayers: Int { 1 + configuration.layers * Self.entriesPerLayer }

  /// Entries of one block.
  package static let entriesPerLayer = 9

  /// Consecutive elements that share whether they decay, as long as they can be.
  package var decayRuns: [(range: Range<Int>, decays: Bool)] {
    var runs: [(range: Range<Int>, decays: Bool)] = []
    for entry in entries {
      if let last = runs.last, last.decays == entry.decays {
        runs[runs.count - 1].range = last.range.lowerBound..<entry.range.upperBound
      } else {
        runs.append((entry.range, entry.decays))
      }
    }
    return runs
  }
}
