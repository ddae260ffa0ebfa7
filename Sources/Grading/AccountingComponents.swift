import ParableModel

/// How many numbers a network of the case's sizes has to learn.
func parameterCount(_ given: ComponentCase) throws -> ComponentResult {
  count(Accounting(try ModelConfiguration(given)).parameterCount)
}

/// The floating-point operations of its forward pass for one token.
func forwardFLOPsPerToken(_ given: ComponentCase) throws -> ComponentResult {
  count(Accounting(try ModelConfiguration(given)).forwardFLOPsPerToken)
}

/// The bytes of its parameters.
func parameterBytes(_ given: ComponentCase) throws -> ComponentResult {
  let bytes = try given.integer("dtype_bytes", in: 1...8)
  return count(Accounting(try ModelConfiguration(given)).parameterBytes(bytesPerParameter: bytes))
}

private func count(_ value: Int) -> ComponentResult {
  var result = ComponentResult()
  result.outputs["output"] = .integers([Int64(value)], shape: [])
  return result
}
