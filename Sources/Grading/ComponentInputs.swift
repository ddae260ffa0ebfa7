/// What a case gives against what its component takes: a misspelled input would be ignored, and the
/// case pass or fail for another reason than the one that it was written for.
extension ComponentCase {
  /// Throws where the case gives a tensor or a hyperparameter that `component` does not take.
  func requireKnownInputs(of component: Component) throws {
    let tensors = component.tensors.map(withoutMark)
    let given = file.tensors.map(\.name).filter { !$0.hasPrefix(Self.expectedPrefix) }
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
    let known = always + hyperparameters
    for key in file.metadata.keys.sorted() where !known.contains(key) {
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
    if let layers = file.metadata["num_layers"].flatMap(Int.init) { return layers }
    return given.count { numbered($0).pattern == pattern }
  }

  private func unknown(
    _ kind: String, _ name: String, _ component: Component, _ known: [String]
  ) -> GradingError {
    let takes = known.isEmpty ? "none" : Component.list(known)
    return broken("\(kind) \"\(name)\" is unknown to \(component.name), which takes \(takes)")
  }
}
