import ParableKernels
import ParableModel

/// The network of a case: its parameters read from the case's state dictionary.
struct Network {
  let storage: ParameterStorage
  let gradients: MutableParameterView
  private let given: ComponentCase
  private let entries: [ParameterLayout.Entry]

  var configuration: ModelConfiguration { storage.view.layout.configuration }

  /// Reads the network for passes of `tokens` tokens in sequences of up to `longest`; where `hasOutput` is false the
  /// case's state dictionary ends with the last norm.
  init(
    _ given: ComponentCase, longest: Int, tokens: Int, hasOutput: Bool = true
  ) throws {
    var configuration = try ModelConfiguration(
      given, normEpsilon: given.normEpsilon, ropeTheta: theta(given, key: "rope_theta"))
    do {
      try configuration.validate()
    } catch let error as ModelError {
      throw given.broken("\(error)")
    }
    guard longest <= configuration.context else {
      throw given.broken(
        "a sequence of \(longest) tokens is longer than context_length \(configuration.context)")
    }
    guard longest > 0 else { throw given.broken("the sequence is empty") }
    // Tables as long as the sequences, whatever context the case names.
    configuration.context = longest
    // Before anything is allocated: sizes that the case's tensors do not have are refused.
    let (vocabulary, width) = (configuration.vocabulary, configuration.width)
    try given.require("token_embeddings.weight", shape: [vocabulary, width])
    if hasOutput { try given.require("output.weight", shape: [vocabulary, width]) }
    for layer in 0..<configuration.layers {
      try given.require("layers.\(layer).ffn.w1.weight", shape: [configuration.hidden, width])
    }
    try given.requireRoom(
      for: [tokens, max(1, configuration.layers), 8 * width + 3 * configuration.hidden])
    let layout = ParameterLayout(configuration)
    entries = hasOutput ? layout.entries : layout.entries.dropLast()
    storage = ParameterStorage(layout)
    gradients = MutableParameterView(zeros: layout)
    try storage.update { [entries] parameters in
      for entry in entries {
        try given.readFloats(
          entry.name, shape: entry.shape,
          into: UnsafeMutableBufferPointer(rebasing: parameters.values[entry.range]))
      }
    }
    self.given = given
  }

  /// A copy of one value for every parameter of the case, by its name.
  func tensors(_ view: ParameterView) throws -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for entry in entries {
      tensors[entry.name] = try given.copy(view[entry.parameter], shape: entry.shape)
    }
    return tensors
  }
}
