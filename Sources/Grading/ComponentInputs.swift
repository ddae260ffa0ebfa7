/// What a case gives against what its component takes: a misspelled input would be ignored, and the
/// case pass or fail for another reason than the one that it was written for.
extension ComponentCase {
  /// Throws where the case gives a tensor or a hyperparameter that `component` does not take.
  func requireKnownInputs(of component: Component) throws {
    let gradient = component.isDifferentiable ? [Self.upstream] : []
    let tensors = component.tensors.map(withoutMark) + gradient
    let given = tensorNames.filter { !$0.hasPrefix(Self.expectedPrefix) }
    for name in given.sorted() {
      let (pattern, number) = numbered(name)
      let isKnown =
        tensors.contains(name)
        || tensors.contains(pattern) && number < count(of: pattern, among: given)
      guard isKnown else { throw unknown("tensor", name, component, tensors) }
    }
    // `format` is what other writers of safetensors add.
    let always = ["component", "atol", "rtol", "format"]
    let hyperparameters = component.hyperparameters.map(withoutMark)
    for key in hyperparameterNames where !always.contains(key) && !hyperparameters.contains(key) {
      throw unknown("hyperparameter", key, component, hyperparameters)
    }
  }

  private func withoutMark(_ name: String) -> String {
    name.hasSuffix("?") ? String(name.dropLast()) : name
  }

  /// The name with `N` for the part that is a number, and that number.
  private func numbered(_ name: String) -> (pattern: String, number: Int) {
    var parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard let place = parts.firstIndex(where: { Int($0).map(String.init) == $0 }),
      let number = Int(parts[place])
    else { return (name, 0) }
    parts[place] = "N"
    return (parts.joined(separator: "."), number)
  }

  /// How many of a kind may be there: the layers of a network, or all without a gap.
  private func count(of pattern: String, among given: [String]) -> Int {
    if let layers = hyperparameter("num_layers").flatMap(Int.init) { return layers }
    return given.count { numbered($0).pattern == pattern }
  }

  private func unknown(
    _ kind: String, _ name: String, _ component: Component, _ known: [String]
  ) -> GradingError {
    let takes = known.isEmpty ? "none" : Component.list(known)
    return broken("\(kind) \"\(name)\" is unknown to \(component.name), which takes \(takes)")
  }
}
