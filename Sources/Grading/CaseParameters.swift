import ParableKernels
import ParableModel

/// Parameters that a case gives, each under a name of its own, and memory for their gradients.
struct CaseParameters {
  let storage: ParameterStorage
  let gradients: MutableParameterView
  private let given: ComponentCase
  private let names: [(name: String, entry: ParameterLayout.Entry)]

  var configuration: ModelConfiguration { storage.view.layout.configuration }

  /// Reads those of `layout` that `names` has.
  init(
    _ given: ComponentCase, _ layout: ParameterLayout,
    _ names: [(name: String, entry: ParameterLayout.Entry)]
  ) throws {
    // Before anything is allocated: sizes that the case's tensors do not have are refused.
    for (name, entry) in names { try given.require(name, shape: entry.shape) }
    storage = ParameterStorage(layout)
    gradients = MutableParameterView(zeros: layout)
    try storage.update { parameters in
      for (name, entry) in names {
        try given.readFloats(
          name, shape: entry.shape,
          into: UnsafeMutableBufferPointer(rebasing: parameters.values[entry.range]))
      }
    }
    self.given = given
    self.names = names
  }

  /// A copy of one value for every parameter of the case, by its name.
  func tensors(_ view: ParameterView) throws -> [String: Tensor] {
    try Dictionary(
      uniqueKeysWithValues: names.map {
        ($0.name, try given.copy(view[$0.entry.parameter], shape: $0.entry.shape))
      })
  }

  func gradientTensors() throws -> [String: Tensor] { try tensors(gradients.readOnly) }
}

extension CaseParameters {
  /// Reads a whole network for passes of `tokens` tokens in sequences of up to `longest`; where
  /// `hasOutput` is false the case's state dictionary ends with the last norm.
  init(network given: ComponentCase, longest: Int, tokens: Int, hasOutput: Bool = true) throws {
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
    try given.requireRoom(
      for: [
        tokens, max(1, configuration.layers), 8 * configuration.width + 3 * configuration.hidden,
      ])
    let layout = ParameterLayout(configuration)
    let entries = hasOutput ? layout.entries : layout.entries.dropLast()
    try self.init(given, layout, entries.map { ($0.name, $0) })
  }
}
